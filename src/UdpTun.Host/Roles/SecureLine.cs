using System.Net.Sockets;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Roles;

/// <summary>What the roles that speak the secure transport make of their settings.</summary>
internal static class SecureLine
{
    private static readonly InetEndpoint AnyV4 = new(InetAddress.FromV4(0), 0);
    private static readonly InetEndpoint AnyV6 = new(default, 0);

    /// <summary>A server's; where it has to look for a peer, it looks where a route leads first.</summary>
    public static SecureEnd Open(
        RoleHost host, SecureSettings settings, IReadOnlyDictionary<PublicKey, InetEndpoint> lastSeen, IReadOnlyDictionary<PublicKey, long> used,
        int shards) =>
        new(settings, host.Mtu, TimeProvider.System, lastSeen, used, shards) { Resolve = ResolveAsync };

    /// <summary>A client's, which calls its server at once and looks why it does not answer.</summary>
    /// <param name="host">Where it runs.</param>
    /// <param name="settings">With the server as the one peer.</param>
    /// <param name="server">Where it was found: once the routes lead into the tunnel, nobody may be left to ask for its name.</param>
    /// <param name="mark">The mark of the tunnel's datagrams; 0: none.</param>
    public static SecureEnd OpenClient(RoleHost host, SecureSettings settings, InetEndpoint server, uint mark) =>
        new(settings, host.Mtu, TimeProvider.System, new Dictionary<PublicKey, InetEndpoint> { [settings.Peers[0].PublicKey] = server })
        {
            CallsAtOnce = true,
            Resolve = ResolveAsync,
            Examine = new PlaceExamination(mark).Look,
        };

    /// <summary>
    /// Where a client's socket is bound to: of both families where the server may turn out to be of either, of the one family where it is
    /// known, or where the host has no IPv6.
    /// </summary>
    /// <param name="endpoints">Of the server.</param>
    /// <param name="mayMove">Whether it may be found elsewhere later.</param>
    public static InetEndpoint BindFor(IReadOnlyList<ServerEndpoint> endpoints, bool mayMove) =>
        !Socket.OSSupportsIPv6 || (!mayMove && endpoints.All(endpoint => InetAddress.TryParse(endpoint.Host, out var address) && address.IsV4)) ? AnyV4 : AnyV6;

    /// <summary>Whether all of them are addresses, which lead nowhere else tomorrow, and none is a name.</summary>
    public static bool AreAddresses(IReadOnlyList<ServerEndpoint> endpoints) => endpoints.All(endpoint => InetAddress.TryParse(endpoint.Host, out _));

    // RFC 6724 has put them in order; one that no route leads to is no use until the network changes, but is kept for then.
    private static async Task<IReadOnlyList<InetEndpoint>> ResolveAsync(ServerEndpoint endpoint) =>
        [.. (await EndpointResolution.ByDns(endpoint)).OrderBy(place => OuterPath.MtuTo(place) is null)];
}
