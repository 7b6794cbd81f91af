using UdpTun.Actors.Lines;
using UdpTun.Actors.Settings;
using UdpTun.Linux.HostSetup;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Transport.Plain;

namespace UdpTun.Host.Roles;

/// <summary>Serves clients; lets their packets out through the kernel, or answers their pings itself (exit echo).</summary>
internal sealed class ServerRole : TunnelRole
{
    protected override string DefaultDevice => "servertun";

    protected override ILinePlan Prepare(RoleHost host)
    {
        var server = host.Context.Settings.Server;
        host.Context.Warn("transport plain is neither encrypted nor authenticated: whoever can send from an allowed address is served");
        var peers = new PeerRegistry(server.AllowedClients, server.MaxClients, server.ClientIdleTimeout);
        return server.Exit switch
        {
            ExitKind.Masquerade or ExitKind.PortRange => Forward(host, server, peers),
            ExitKind.Echo => new EchoExitLine(
                host.Udp(server.Listen), new PlainTransport(), Table(host.Context.Settings.Nat), peers, host.Context.Settings.Nat.SweepInterval),
            _ => throw new ArgumentOutOfRangeException(nameof(host), server.Exit, "no line for this exit"),
        };
    }

    private static ServerLine Forward(RoleHost host, ServerSettings server, PeerRegistry peers)
    {
        var nat = host.Context.Settings.Nat;
        var setup = new ServerHostSetup(
            new ServerHostOptions
            {
                Uplink = server.Uplink,
                Inside = [server.Address],
                NatPorts = server.Exit == ExitKind.PortRange ? new NatPorts(nat.Address, nat.Ports) : null,
                Timeouts = nat.Timeouts,
                ExternalAddress = server.ExternalAddress,
            },
            host.Journal, host.Context.Warn);
        setup.Apply();
        host.Context.Log.Information("exit {Exit:l}: clients leave as {NatAddress} ports {Ports}, then by {Uplinks} as {ExternalAddress}",
            setup.Exit == ServerExit.PortRange ? "port-range" : "masquerade", nat.Address, nat.Ports, setup.UplinkNames, setup.ExternalAddress);
        host.Context.Log.Information("NAT class for UDP and TCP as the internet sees it: {NatClass:l}", NatClass(setup.Exit));
        InetPrefix[] addresses = server.Address6 is { } address6 ? [server.Address, address6] : [server.Address];
        InetAddress[] gateway = [.. addresses.Select(address => address.Address)];
        return new ServerLine(
            host.Tun(addresses, []), host.Udp(server.Listen), new PlainTransport(), Table(nat), peers,
            new DestinationPolicy(server.AllowedDestinations, [.. OwnAddresses.Read(), .. gateway]), gateway, nat.SweepInterval);
    }

    private static string NatClass(ServerExit exit) => exit == ServerExit.PortRange
        ? "endpoint-independent mapping, address-and-port-dependent filtering (by our NAT; the kernel passes on all that arrives at its ports)"
        : "endpoint-independent mapping while the kernel has the port free, address-and-port-dependent filtering (by the kernel)";

    private static NatTable Table(NatSettings nat) => new(
        new NatPolicy
        {
            OuterV4 = nat.Address,
            Ports = nat.Ports,
            PortSelection = nat.PortSelection,
            PortParity = nat.PortParity,
            PortRest = nat.PortRest,
            Filtering = nat.Filtering,
            Timeouts = nat.Timeouts,
            MaxMappingsPerClient = nat.MaxMappingsPerClient,
            MaxSessionsPerClient = nat.MaxSessionsPerClient,
        },
        new CryptographicRandom());
}
