using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings;

/// <summary>The outer addresses of the exit routed, as settings.</summary>
public static class RoutedAddresses
{
    public const string Key = "udptun.server.routed-addresses";

    private const string Expected = "a list of up to 256 unicast addresses, each once, such as 203.0.113.10 or 2001:db8::10";

    // Each costs the port allocators about 50 KB and the host a route and an entry among its neighbours.
    private const int Most = 256;

    private static readonly InetPrefix[] NoUnicast =
    [
        .. new[] { "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/96", "fe80::/10", "ff00::/8" }.Select(InetPrefix.Parse),
    ];

    internal static IReadOnlyList<InetAddress> Read(SettingsReader reader)
    {
        var addresses = new List<InetAddress>();
        foreach (var text in reader.ParsedList(Key, Expected, text => text))
        {
            var isUnicast = InetAddress.TryParse(text, out var address) && !NoUnicast.Any(prefix => prefix.Contains(address));
            if (!isUnicast || addresses.Contains(address) || addresses.Count == Most) throw SettingsReader.Refused(Key, text, Expected);
            addresses.Add(address);
        }

        return addresses;
    }

    /// <exception cref="SettingsException">They do not fit the server's other settings.</exception>
    internal static void Check(ServerSettings server)
    {
        if (server.Exit == ExitKind.Routed && server.RoutedAddresses.Count == 0)
        {
            throw new SettingsException(
                Key, $"{Key} is empty, but must name the outer addresses that are routed to this server, for udptun.server.exit is routed");
        }

        foreach (var address in server.RoutedAddresses)
        {
            if (server.Address.Contains(address) || server.Address6?.Contains(address) == true)
                throw SettingsReader.Refused(Key, address.ToString(), "outside the subnets of udptun.server.address and address6");
        }
    }
}
