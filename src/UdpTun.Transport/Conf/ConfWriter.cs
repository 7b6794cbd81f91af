using System.Globalization;
using System.Text;

namespace UdpTun.Transport.Conf;

/// <summary>Writes what <see cref="ConfReader"/>, wg-quick(8) and the apps read. Lines end with a newline. The text holds keys.</summary>
public static class ConfWriter
{
    public static string Write(QuickConf conf)
    {
        var text = new StringBuilder();
        text.Append(ConfSection.Interface).Append('\n');
        Add(text, "PrivateKey", conf.Interface.PrivateKey.Reveal());
        Add(text, "Address", conf.Interface.Addresses);
        Add(text, "DNS", [.. conf.Interface.NameServers.Select(server => server.ToString()), .. conf.Interface.SearchDomains]);
        if (conf.Interface.Mtu is { } mtu) Add(text, "MTU", Number(mtu));
        if (conf.Interface.ListenPort is { } port) Add(text, "ListenPort", Number(port));
        if (!conf.Interface.AddsRoutes) Add(text, "Table", "off");
        foreach (var peer in conf.Peers) Add(text, peer);
        return text.ToString();
    }

    private static void Add(StringBuilder text, ConfPeer peer)
    {
        text.Append('\n').Append(ConfSection.Peer).Append('\n');
        Add(text, "PublicKey", peer.PublicKey.ToString());
        if (peer.PresharedKey is { } preshared) Add(text, "PresharedKey", preshared.Reveal());
        Add(text, "AllowedIPs", peer.AllowedIps);
        if (peer.Endpoint is { } endpoint) Add(text, "Endpoint", endpoint.ToString());
        if (peer.PersistentKeepalive > 0) Add(text, "PersistentKeepalive", Number(peer.PersistentKeepalive));
    }

    private static void Add<T>(StringBuilder text, string key, IReadOnlyCollection<T> values)
    {
        if (values.Count > 0) Add(text, key, string.Join(", ", values));
    }

    private static void Add(StringBuilder text, string key, string value) => text.Append(key).Append(" = ").Append(value).Append('\n');

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
