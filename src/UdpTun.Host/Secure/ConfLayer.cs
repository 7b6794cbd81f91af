using UdpTun.Actors.Settings;
using UdpTun.Host.Configuration;
using UdpTun.Net.Flows;
using UdpTun.Transport.Conf;

namespace UdpTun.Host.Secure;

/// <summary>A client's whole configuration in one file of wg-quick, as our settings. Its keys become none: settings may be shown.</summary>
internal sealed class ConfLayer
{
    private static readonly InetPrefix EverythingV4 = InetPrefix.Parse("0.0.0.0/0");
    private static readonly InetPrefix EverythingV6 = InetPrefix.Parse("::/0");

    private readonly string _file;
    private readonly ConfPeer _server;

    private ConfLayer(string file, QuickConf conf)
    {
        (_file, Conf) = (file, conf);
        if (conf.Peers.Count != 1)
        {
            throw ConfigurationException.At(file, $"it has {conf.Peers.Count} [Peer] sections, but a client has one server "
                + "(WG_QUICK_USERSPACE_IMPLEMENTATION=udptun wg-quick up takes any number)");
        }

        _server = conf.Peers[0];
    }

    /// <summary>As it was read.</summary>
    internal QuickConf Conf { get; }

    /// <summary>The server as the file has it.</summary>
    internal PeerSettings Server => new(
        "server", _server.PublicKey, _server.PresharedKey, _server.AllowedIps,
        _server.Endpoint is { } endpoint ? [new ServerEndpoint(endpoint.Host, endpoint.Port)] : [],
        _server.PersistentKeepalive == 0 ? null : TimeSpan.FromSeconds(_server.PersistentKeepalive));

    /// <exception cref="ConfigurationException">Not a conf that a client can be run with; the message begins with file and line.</exception>
    internal static ConfLayer Read(string file, string text)
    {
        SecretFile.RefuseIfOpen(file);
        try
        {
            return new ConfLayer(file, ConfReader.Read(text));
        }
        catch (ConfException e)
        {
            throw ConfigurationException.At($"{file}:{e.Line}", e.Message, e);
        }
    }

    /// <summary>What it says of the settings.</summary>
    internal IEnumerable<ConfigEntry> Entries()
    {
        var own = Conf.Interface;
        yield return Text("udptun.transport", "secure");
        yield return Text("udptun.client.address", One("IPv4", own.Addresses.Where(address => address.Address.IsV4))?.ToString()
            ?? throw ConfigurationException.At(_file, "Address names no IPv4 address, and a client needs one"));
        yield return Text("udptun.client.address6", One("IPv6", own.Addresses.Where(address => !address.Address.IsV4))?.ToString() ?? "");
        yield return new ConfigEntry(["udptun", "client", "routes"], new ConfigValue.List([.. Routes()]), _file);
        if (_server.Endpoint is { } endpoint) yield return Text("udptun.client.server", endpoint.ToString());
        if (own.Mtu is { } mtu) yield return Text("udptun.tun.mtu", $"{mtu}");
    }

    /// <summary>What it asks for and does not get, a sentence each.</summary>
    internal IEnumerable<string> Warnings()
    {
        var own = Conf.Interface;
        if (own.NameServers.Count + own.SearchDomains.Count > 0)
        {
            yield return $"{_file}: DNS is left as this host has it ({string.Join(", ", own.NameServers)} is asked for): "
                + "udptun does not change name servers";
        }

        if (own.ListenPort is { } port) yield return $"{_file}: ListenPort {port} is not heeded: a client sends from any free port";
    }

    private IEnumerable<string> Routes()
    {
        if (!Conf.Interface.AddsRoutes) return [];
        // All IPv4 is asked for to leak nothing, and IPv6 must not leak then either: 'default' is both.
        if (_server.AllowedIps.Contains(EverythingV4)) return ["default"];
        return _server.AllowedIps.SelectMany(network => network == EverythingV6 ? ["::/1", "8000::/1"] : new[] { network.ToNetwork().ToString() });
    }

    private InetPrefix? One(string family, IEnumerable<InetPrefix> addresses) => addresses.ToList() switch
    {
        [] => null,
        [var only] => only,
        var several => throw ConfigurationException.At(_file, $"Address names {several.Count} {family} addresses, and a client has one"),
    };

    private ConfigEntry Text(string key, string value) => new(key.Split('.'), new ConfigValue.Text(value), _file);
}
