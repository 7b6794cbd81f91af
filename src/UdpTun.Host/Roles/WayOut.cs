using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Host.Roles;

/// <summary>How the clients' packets leave once the host is prepared for it: what an exit means to the NAT and to the TUN.</summary>
/// <param name="Outer">The NAT's outer addresses, of both families.</param>
/// <param name="LowPorts">See <see cref="NatPolicy.LowPorts"/>.</param>
/// <param name="Addresses">What the internet knows the outer addresses by.</param>
/// <param name="Routes">What the TUN routes beside its own subnets.</param>
/// <param name="Exit">The exit as it came out, which may be less than the settings ask for.</param>
/// <param name="NatClass">What the internet sees of a NAT with a filtering, in the words of RFC 4787.</param>
internal sealed record WayOut(
    IReadOnlyList<InetAddress> Outer, PortRange? LowPorts, ExternalAddresses Addresses, IReadOnlyList<DeviceRoute> Routes, string Exit,
    Func<NatFiltering, string>? NatClass)
{
    /// <summary>Keeps the kernel from answering at the NAT's ports between two runs; null where it knows nothing of them.</summary>
    public RestartGuard? Guard { get; init; }

    /// <summary>Lets the kernel keep new flows as long as the NAT does; null where it keeps none.</summary>
    public Action<NatTimeouts>? UseTimeouts { get; init; }

    /// <summary>Nothing leaves.</summary>
    public static readonly WayOut None = new([], null, ExternalAddresses.None, [], "echo", null);

    // 0 is no port that anybody could answer to.
    private static readonly PortRange BelowHigh = new(1, 1023);

    /// <summary>Changes the host as the settings' exit asks for, and logs what results.</summary>
    /// <exception cref="SettingsException">An address that is to be routed is the host's own.</exception>
    public static WayOut Prepare(RoleHost host) =>
        host.Context.Settings.Server.Exit == ExitKind.Routed ? PrepareRouted(host) : PrepareMasqueraded(host);

    private static WayOut PrepareMasqueraded(RoleHost host)
    {
        var (server, nat) = (host.Context.Settings.Server, host.Context.Settings.Nat);
        var (inside, outer) = Translated(server, nat);
        var setup = new ServerHostSetup(
            new ServerHostOptions
            {
                Uplink = server.Uplink,
                Inside = inside,
                NatPorts = server.Exit == ExitKind.PortRange ? new NatPorts(outer, nat.Ports) : null,
                Timeouts = nat.Timeouts,
                ExternalAddress = server.ExternalAddress,
                ExternalAddress6 = server.ExternalAddress6,
            },
            host.Journal, host.Context.Warn);
        setup.Apply();
        // What cannot leave is not translated either, so that its sender is told at once.
        if (!setup.PassesV6) outer = [nat.Address];
        var pairs = outer.Zip([setup.ExternalAddress, setup.ExternalAddress6])
            .Where(pair => pair.Second is not null).Select(pair => (pair.First, pair.Second!.Value)).ToList();
        var exit = setup.Exit == ServerExit.PortRange ? "port-range" : "masquerade";
        host.Context.Log.Information("exit {Exit:l}: clients leave as {NatAddresses:l} ports {Ports}, then by {Uplinks:l} as {ExternalAddresses:l}",
            exit, string.Join(" and ", outer), nat.Ports,
            string.Join(", ", setup.UplinkNames), string.Join(" and ", pairs.Select(pair => pair.Item2)));
        // Masquerade lets in answers only, whatever our own filter would let in.
        Func<NatFiltering, string> natClass = setup.Exit == ServerExit.PortRange
            ? OwnClass
            : _ => "endpoint-independent mapping as long as the kernel finds the port free; address-and-port-dependent filtering, by the kernel";
        LogNatClass(host, natClass);
        return new WayOut(outer, null, new ExternalAddresses(pairs), [], exit, natClass)
        {
            Guard = new RestartGuard(host.Device, setup.UplinkNames, nat.Ports),
            UseTimeouts = setup.UseTimeouts,
        };
    }

    /// <summary>The tunnel's subnets whose packets are translated, each with its outer address; IPv4 first.</summary>
    private static (IReadOnlyList<InetPrefix> Inside, IReadOnlyList<InetAddress> Outer) Translated(ServerSettings server, NatSettings nat) =>
        server.Address6 is { } inside6 && nat.Address6 is { } outer6
            ? ([server.Address, inside6], [nat.Address, outer6])
            : ([server.Address], [nat.Address]);

    private static WayOut PrepareRouted(RoleHost host)
    {
        var (server, nat) = (host.Context.Settings.Server, host.Context.Settings.Nat);
        var own = OwnAddresses.Read();
        foreach (var address in server.RoutedAddresses)
        {
            if (!own.Contains(address)) continue;
            throw new SettingsException(RoutedAddresses.Key,
                $"{RoutedAddresses.Key} is '{address}', which is an address of this host, but must be one that nobody has");
        }

        var options = new RoutedHostOptions
        {
            Uplink = server.Uplink,
            Addresses = server.RoutedAddresses,
            InnerRoutes = server.InnerRoutes,
        };
        var setup = new RoutedHostSetup(options, host.Journal, host.Context.Warn);
        setup.Apply();
        host.Context.Log.Information("exit routed: clients leave as {RoutedAddresses:l} ports {Ports} by {Uplinks:l}, each as one of them",
            string.Join(", ", server.RoutedAddresses), nat.Ports, string.Join(", ", setup.UplinkNames));
        LogNatClass(host, OwnClass);
        return new WayOut(
            server.RoutedAddresses, nat.PortClasses ? BelowHigh : null, ExternalAddresses.Routed(server.RoutedAddresses),
            [.. RoutedHostSetup.RoutesOf(server.RoutedAddresses).Select(prefix => new DeviceRoute(prefix))], "routed", OwnClass);
    }

    private static void LogNatClass(RoleHost host, Func<NatFiltering, string> natClass) => host.Context.Log.Information(
        "NAT class for UDP and TCP as the internet sees it: {NatClass:l}", natClass(host.Context.Settings.Nat.Filtering));

    private static string OwnClass(NatFiltering filtering) =>
        $"endpoint-independent mapping; filtering decided by our NAT: UDP {Words(filtering.Udp)}, TCP {Words(filtering.Tcp)}";

    private static string Words(Filtering filtering) => filtering switch
    {
        Filtering.EndpointIndependent => "endpoint-independent",
        Filtering.AddressDependent => "address-dependent",
        _ => "address-and-port-dependent",
    };
}
