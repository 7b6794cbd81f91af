using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Sends the client's packets into its tunnel. Ordinary routes need nothing of the host but themselves. A route that covers the
/// server's own address (the default route above all), or may cover it once its name leads elsewhere, goes into a routing table of its
/// own, which everything uses but the tunnel's marked datagrams. Undone when the journal is disposed. Called in the network namespace of the tunnel.
/// </summary>
/// <param name="options">What is to go through the tunnel.</param>
/// <param name="journal">The journal of the instance; its device is the TUN.</param>
/// <param name="warn">Told, in one sentence each, what is left out.</param>
public sealed class ClientHostSetup(ClientHostOptions options, HostJournal journal, Action<string>? warn = null)
{
    private static readonly InetPrefix EverythingV4 = InetPrefix.Parse("0.0.0.0/0");
    private static readonly InetPrefix EverythingV6 = InetPrefix.Parse("::/0");

    /// <summary>
    /// The firewall mark that the tunnel's socket must set (<see cref="Sockets.UdpSocketOptions.Mark"/>); 0 when none is needed. Known
    /// after <see cref="Apply"/>.
    /// </summary>
    public uint Mark { get; private set; }

    /// <summary>
    /// The routes that the TUN must bear (<see cref="TunDeviceOptions.Routes"/>), since they come and go with it. Known after
    /// <see cref="Apply"/>.
    /// </summary>
    public IReadOnlyList<DeviceRoute> DeviceRoutes { get; private set; } = [];

    /// <exception cref="DeviceUnavailableException">A missing program or privilege; with the remedy.</exception>
    public void Apply()
    {
        var routes = options.Routes.Select(route => route.Network()).Distinct().ToList();
        // Everything means everything: with IPv4 alone in the tunnel, IPv6 would go on leaving beside it.
        if (routes.Any(route => route.Length == 0)) routes = [.. routes.Union([EverythingV4, EverythingV6])];
        if (Sysctl.TryRead("net/ipv6/conf/all/disable_ipv6") is not "0" && routes.RemoveAll(route => !route.Address.IsV4) > 0)
            warn?.Invoke("IPv6 is off on this host: no IPv6 route is made");

        var around = routes.Where(CoversServer).ToList();
        if (around.Count > 0) Mark = new RouteSetup(journal).LeadAround(around, options.Addresses);
        DeviceRoutes = [.. routes.Select(route => new DeviceRoute(route, around.Contains(route) ? Mark : 0))];
    }

    /// <summary>Whether the tunnel's own datagrams to an address would go into the tunnel. After <see cref="Apply"/>.</summary>
    public bool Swallows(InetAddress server) => DeviceRoutes.Any(route => route.Table == 0 && route.Destination.Contains(server));

    private bool CoversServer(InetPrefix route) => route.Length == 0 || options.ServersMayMove || options.Servers.Any(route.Contains);
}
