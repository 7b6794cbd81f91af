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
    private Action _save = () => { };

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
                host.Udp(server.Listen), new PlainTransport(), Table(host.Context.Settings), peers,
                host.Context.Settings.Nat.SweepInterval),
            _ => throw new ArgumentOutOfRangeException(nameof(host), server.Exit, "no line for this exit"),
        };
    }

    protected override void Finish() => _save();

    private ServerLine Forward(RoleHost host, ServerSettings server, PeerRegistry peers)
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
        host.Context.Log.Information("exit {Exit:l}: clients leave as {NatAddress} ports {Ports}, then by {Uplinks:l} as {ExternalAddress}",
            setup.Exit == ServerExit.PortRange ? "port-range" : "masquerade", nat.Address, nat.Ports, string.Join(", ", setup.UplinkNames),
            setup.ExternalAddress);
        host.Context.Log.Information("NAT class for UDP and TCP as the internet sees it: {NatClass:l}",
            NatClass(setup.Exit, nat.Filtering));
        InetPrefix[] inside = server.Address6 is { } address6 ? [server.Address, address6] : [server.Address];
        InetAddress[] gateway = [.. inside.Select(address => address.Address)];
        var table = Table(host.Context.Settings);
        var destinations = new DestinationPolicy(server.AllowedDestinations, [.. OwnAddresses.Read(), .. gateway]);
        KeepSessions(host, table, peers, destinations);
        var addresses = setup.ExternalAddress is { } external ? new ExternalAddresses([(nat.Address, external)]) : ExternalAddresses.None;
        return new ServerLine(
            host.Tun(inside, []), host.Udp(server.Listen), new PlainTransport(), table, peers, destinations,
            new Hairpin(table, addresses), gateway, nat.SweepInterval);
    }

    private void KeepSessions(RoleHost host, NatTable table, PeerRegistry peers, DestinationPolicy destinations)
    {
        var file = SessionFile.Of(host.Context.Settings.StateDirectory, host.Device, host.Context.Warn);
        var restored = file.Restore(table, peers, destinations);
        if (restored > 0) host.Context.Log.Information("{Sessions} sessions of {Clients} clients go on", restored, peers.Count);
        _save = () => file.Save(table, peers);
    }

    // Masquerade lets in answers only, whatever our own filter would let in.
    private static string NatClass(ServerExit exit, NatFiltering filtering) => exit == ServerExit.PortRange
        ? $"endpoint-independent mapping; filtering decided by our NAT: UDP {Words(filtering.Udp)}, TCP {Words(filtering.Tcp)}"
        : "endpoint-independent mapping as long as the kernel finds the port free; address-and-port-dependent filtering, by the kernel";

    private static string Words(Filtering filtering) => filtering switch
    {
        Filtering.EndpointIndependent => "endpoint-independent",
        Filtering.AddressDependent => "address-dependent",
        _ => "address-and-port-dependent",
    };

    private static NatTable Table(TunnelSettings settings) => new(
        new NatPolicy
        {
            OuterV4 = [settings.Nat.Address],
            Ports = settings.Nat.Ports,
            PortSelection = settings.Nat.PortSelection,
            PortParity = settings.Nat.PortParity,
            PortRest = settings.Nat.PortRest,
            Filtering = settings.Nat.Filtering,
            Timeouts = settings.Nat.Timeouts,
            MaxMappingsPerClient = settings.Nat.MaxMappingsPerClient,
            MaxSessionsPerClient = settings.Nat.MaxSessionsPerClient,
            MaxPercentFromOutside = settings.Nat.MaxPercentFromOutside,
            TunnelMtu = settings.Tun.Mtu,
        },
        new CryptographicRandom());
}
