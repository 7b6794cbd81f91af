using UdpTun.Actors.Lines;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Tun;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
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
            ExitKind.Masquerade or ExitKind.PortRange or ExitKind.Routed => Forward(host, server, peers),
            ExitKind.Echo => new EchoExitLine(
                host.Udp(server.Listen), new PlainTransport(), Table(host.Context.Settings, WayOut.None, host.Mtu), peers,
                host.Context.Settings.Nat.SweepInterval),
            _ => throw new ArgumentOutOfRangeException(nameof(host), server.Exit, "no line for this exit"),
        };
    }

    protected override void Finish() => _save();

    private ServerLine Forward(RoleHost host, ServerSettings server, PeerRegistry peers)
    {
        var nat = host.Context.Settings.Nat;
        host = host.WithMtu(UplinkPath.Mtu(server.Uplink), "the uplink");
        var way = WayOut.Prepare(host);
        InetPrefix[] inside = server.Address6 is { } address6 ? [server.Address, address6] : [server.Address];
        InetAddress[] gateway = [.. inside.Select(address => address.Address)];
        var table = Table(host.Context.Settings, way, host.Mtu);
        var destinations = new DestinationPolicy(server.AllowedDestinations, [.. OwnAddresses.Read(), .. gateway, .. way.Outer]);
        KeepSessions(host, table, peers, destinations);
        return new ServerLine(
            host.Tun(inside, [.. way.Routes, .. server.InnerRoutes.Select(prefix => new DeviceRoute(prefix))]), host.Udp(server.Listen),
            new PlainTransport(), table, peers, destinations, new Hairpin(table, way.Addresses),
            new PortMapper(table, way.Addresses, nat.NatPmp, nat.NatPmpMaxLifetime), gateway, nat.SweepInterval)
        {
            LogsMappings = host.Context.Settings.Log.Mappings,
        };
    }

    private void KeepSessions(RoleHost host, NatTable table, PeerRegistry peers, DestinationPolicy destinations)
    {
        var file = SessionFile.Of(host.Context.Settings.StateDirectory, host.Device, host.Context.Warn);
        var restored = file.Restore(table, peers, destinations);
        if (restored > 0) host.Context.Log.Information("{Sessions} sessions of {Clients} clients go on", restored, peers.Count);
        _save = () => file.Save(table, peers);
    }

    private static IReadOnlyList<StaticMapping> Reachable(IReadOnlyList<StaticMapping> entries, WayOut way)
    {
        if (way == WayOut.None) return [];
        foreach (var entry in entries)
        {
            if (way.Outer.Any(outer => outer.IsV4 == entry.Inner.Address.IsV4)) continue;
            throw new SettingsException("udptun.nat.static-mappings",
                $"udptun.nat.static-mappings has '{entry}': the server has no outer address of that family");
        }

        return entries;
    }

    private static NatTable Table(TunnelSettings settings, WayOut way, int mtu) => new(
        new NatPolicy
        {
            OuterV4 = [.. way.Outer.Where(address => address.IsV4)],
            OuterV6 = [.. way.Outer.Where(address => !address.IsV4)],
            Untranslated = new UntranslatedFlows(settings.Server.InnerRoutes, settings.Nat.UntranslatedDestinations),
            Ports = settings.Nat.Ports,
            LowPorts = way.LowPorts,
            PortSelection = settings.Nat.PortSelection,
            PortParity = settings.Nat.PortParity,
            InboundRefresh = settings.Nat.InboundRefresh,
            PortRest = settings.Nat.PortRest,
            StaticMappings = Reachable(settings.Nat.StaticMappings, way),
            Filtering = settings.Nat.Filtering,
            Timeouts = settings.Nat.Timeouts,
            MaxMappingsPerClient = settings.Nat.MaxMappingsPerClient,
            MaxSessionsPerClient = settings.Nat.MaxSessionsPerClient,
            MaxPercentFromOutside = settings.Nat.MaxPercentFromOutside,
            TunnelMtu = mtu,
        },
        new CryptographicRandom())
    {
        HoldsSince = TimeProvider.System.GetElapsedTime(0), // on the clock of LineContext.Now
    };
}
