using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings;

/// <param name="Listen">Address and UDP port that clients send to; port 1..65535.</param>
/// <param name="Exit">How packets leave the server.</param>
/// <param name="RoutedAddresses">The outer addresses of the exit routed, of both families; one at least with that exit.</param>
/// <param name="Uplink">The interface to the internet, or null: that of the default route.</param>
/// <param name="ExternalAddress">The IPv4 address that the internet knows the server by, or null: the uplink's.</param>
/// <param name="ExternalAddress6">The same for IPv6.</param>
/// <param name="Address">IPv4 gateway address of the tunnel with its subnet.</param>
/// <param name="Address6">IPv6 gateway address of the tunnel with its subnet, or null: no IPv6 in the tunnel.</param>
/// <param name="InnerRoutes">Ranges of the clients' inner addresses that the host routes into the tunnel.</param>
/// <param name="AllowedClients">Ranges that a plain client may send from.</param>
/// <param name="AllowedDestinations">Ranges that inner packets may reach although they are private.</param>
/// <param name="MaxClients">Clients served at once, 1..65536.</param>
/// <param name="ClientIdleTimeout">A client without sessions that is silent so long is forgotten, 10s..1d.</param>
public sealed record ServerSettings(
    InetEndpoint Listen,
    ExitKind Exit,
    IReadOnlyList<InetAddress> RoutedAddresses,
    string? Uplink,
    InetAddress? ExternalAddress,
    InetAddress? ExternalAddress6,
    InetPrefix Address,
    InetPrefix? Address6,
    IReadOnlyList<InetPrefix> InnerRoutes,
    IReadOnlyList<InetPrefix> AllowedClients,
    IReadOnlyList<InetPrefix> AllowedDestinations,
    int MaxClients,
    TimeSpan ClientIdleTimeout)
{
    internal const string ExitKey = "udptun.server.exit";

    internal static ServerSettings Read(SettingsReader reader) => new(
        reader.Endpoint("udptun.server.listen"),
        reader.Choice<ExitKind>(ExitKey),
        Settings.RoutedAddresses.Read(reader),
        ReadUplink(reader),
        ReadExternalAddress(reader, "udptun.server.external-address", "'auto' or an IPv4 address", isV4: true),
        ReadExternalAddress(reader, "udptun.server.external-address6", "'auto' or an IPv6 address", isV4: false),
        reader.AddressV4WithPrefix("udptun.server.address"),
        reader.OptionalAddressV6WithPrefix("udptun.server.address6"),
        reader.Prefixes(UntranslatedRules.RoutesKey),
        reader.Prefixes("udptun.server.allowed-clients"),
        reader.Prefixes("udptun.server.allowed-destinations"),
        reader.Count("udptun.server.max-clients", 1, 65536, "clients"),
        reader.Time("udptun.server.client-idle-timeout", TimeSpan.FromSeconds(10), TimeSpan.FromDays(1)));

    private static string? ReadUplink(SettingsReader reader)
    {
        var name = reader.Parsed("udptun.server.uplink", $"'auto' or {InterfaceName.Expected}", InterfaceName.Parse);
        return name == "auto" ? null : name;
    }

    private static InetAddress? ReadExternalAddress(SettingsReader reader, string key, string expected, bool isV4) =>
        reader.Text(key, expected) == "auto"
            ? null
            : reader.Parsed<InetAddress>(
                key, expected, text => InetAddress.TryParse(text, out var address) && address.IsV4 == isV4 ? address : null);
}
