using System.Net;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings;

/// <param name="Server">Where the server listens, or null when none is set: only the role client needs one.</param>
/// <param name="Address">The client's IPv4 address inside the tunnel.</param>
/// <param name="Address6">The client's IPv6 address inside the tunnel, or null: no IPv6 in the tunnel.</param>
/// <param name="RouteEverything">True for the route <c>default</c>: all traffic but the tunnel's own goes through the tunnel.</param>
/// <param name="Routes">Further ranges routed into the tunnel; none of length 0.</param>
public sealed record ClientSettings(
    ServerEndpoint? Server,
    InetPrefix Address,
    InetPrefix? Address6,
    bool RouteEverything,
    IReadOnlyList<InetPrefix> Routes)
{
    private const string DefaultRoute = "default";

    private const string ExpectedRoutes =
        "a list of address ranges such as 203.0.113.0/24, or 'default' for everything; no /0, no bits set behind the prefix";

    internal static ClientSettings Read(SettingsReader reader)
    {
        const string Routes = "udptun.client.routes";
        var routes = reader.ParsedList(Routes, ExpectedRoutes, text => text == DefaultRoute ? text : ParseRoute(text)?.ToString());
        return new ClientSettings(
            ReadServer(reader),
            reader.AddressV4WithPrefix("udptun.client.address"),
            reader.OptionalAddressV6WithPrefix("udptun.client.address6"),
            routes.Contains(DefaultRoute),
            [.. routes.Where(text => text != DefaultRoute).Select(InetPrefix.Parse)]);
    }

    private static ServerEndpoint? ReadServer(SettingsReader reader)
    {
        const string Server = "udptun.client.server";
        return reader.Text(Server, ServerEndpoint.Expected).Length == 0
            ? null
            : reader.Parsed(Server, ServerEndpoint.Expected, ServerEndpoint.Parse);
    }

    // A range of length 0 would route the tunnel's own datagrams into the tunnel ('default' keeps the server reachable).
    private static InetPrefix? ParseRoute(string text) =>
        InetPrefix.TryParse(text, out var prefix) && prefix.Length > 0 && IsNetwork(prefix) ? prefix : null;

    // The kernel takes no route with bits behind its prefix.
    private static bool IsNetwork(InetPrefix prefix) =>
        IPNetwork.TryParse(prefix.ToString(), out var network) && InetAddress.From(network.BaseAddress) == prefix.Address;
}
