using UdpTun.Actors.Events;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Routes.Shards;
using UdpTun.Actors.Settings;
using UdpTun.Host.Journal;
using UdpTun.Host.Service;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Tun;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Transport;
using UdpTun.Transport.Plain;
using UdpTun.Transport.Secure.Messages;

namespace UdpTun.Host.Roles;

/// <summary>Serves clients; lets their packets out through the kernel, or answers their pings itself (exit echo).</summary>
internal sealed class ServerRole : TunnelRole
{
    /// <summary>A crash forgives peers what they have used within so long before it.</summary>
    private static readonly TimeSpan QuotaInterval = TimeSpan.FromMinutes(1);

    private readonly List<Action> _save = [];
    private readonly List<MappingJournal> _mappings = [];
    private JournalWriter? _journal;
    private PeriodicSave? _quotas;
    private PeriodicSave? _places;
    private IReadOnlyList<ServerLine> _lines = [];
    private RunContext? _context;
    private WayOut _way = WayOut.None;

    protected override string DefaultDevice => "servertun";

    protected override Task<RolePlan?> PrepareAsync(RoleHost host, ServiceNotifier? manager, CancellationToken stop)
    {
        var server = host.Context.Settings.Server;
        var shards = CountShards(host.Context);
        _context = host.Context;
        return Task.FromResult<RolePlan?>(server.Exit switch
        {
            ExitKind.Masquerade or ExitKind.PortRange or ExitKind.Routed => Forward(host, server, shards),
            ExitKind.Echo => AnswerEcho(host, server),
            _ => throw new ArgumentOutOfRangeException(nameof(host), server.Exit, "no line for this exit"),
        });
    }

    protected override JournalWriter? Journal => _journal;

    public override (string Key, string Why)? FindObstacle(TunnelSettings settings)
    {
        if (_lines.Count == 0) return null;
        // Says by an exception what there is no address for.
        settings.Nat.PolicyFrom(_lines[0].Table.Policy, settings.Server.InnerRoutes);
        return _lines.Count > 1 ? ShardCount.FindObstacle(settings) : null;
    }

    public override void Use(TunnelSettings settings)
    {
        foreach (var journal in _mappings) journal.Destinations = settings.Journal.Destinations;
        if (settings.Nat.Timeouts != _context!.Settings.Nat.Timeouts) _way.UseTimeouts?.Invoke(settings.Nat.Timeouts);
    }

    protected override void OnReady() => _way.Guard?.Lower();

    protected override void SaveQuotas() => _quotas?.Save();

    protected override async Task FinishAsync()
    {
        _save.ForEach(save => save());
        if (_quotas is not null) await _quotas.DisposeAsync();
        if (_places is not null) await _places.DisposeAsync();
        if (_journal is not null) await _journal.DisposeAsync();
    }

    private RolePlan AnswerEcho(RoleHost host, ServerSettings server)
    {
        var settings = host.Context.Settings;
        var secure = OpenSecure(host, shards: 1);
        var line = new EchoExitLine(
            host.Udp(server.Listen), TransportOf(secure, 0), new NatTable(Policy(settings, WayOut.None, host.Mtu), new CryptographicRandom()),
            PeersOf(secure, 0, server, new PeerSeats(server.MaxClients)))
        {
            Secure = secure,
        };
        return new RolePlan(Describe(host, WayOut.None), [line]);
    }

    /// <summary>The secure transport; null in plain mode, of which the user is warned.</summary>
    private SecureEnd? OpenSecure(RoleHost host, int shards)
    {
        if (host.Context.Settings.Transport != TransportKind.Secure)
        {
            host.Context.Warn($"transport plain protects nothing: whoever reaches UDP {host.Context.Settings.Server.Listen} from an allowed address is in, "
                + "and whoever is on the way reads and changes the packets");
            return null;
        }

        var places = SeenPeers.FileOf(host);
        var settings = host.Context.Secure.OfServer(sentence => host.Context.Log.Information("{Hint:l}", sentence));
        var quotas = host.Context.Secure.Peers.Used(host.Context.Warn);
        var end = SecureLine.Open(host, settings, places.Read(), quotas.Read(), shards);
        _quotas = new PeriodicSave(() => quotas.Save(end.Used), QuotaInterval, TimeProvider.System);
        _places = new PeriodicSave(() => SeenPeers.Save(places, end.Seen), SeenPeers.SaveInterval, TimeProvider.System);
        return end;
    }

    private static ITransport TransportOf(SecureEnd? secure, int shard) => secure is null ? new PlainTransport() : secure.Transports[shard];

    private static IPeerRegistry PeersOf(SecureEnd? secure, int shard, ServerSettings server, PeerSeats seats) =>
        secure is null ? new PeerRegistry(server.AllowedClients, seats, server.ClientIdleTimeout) : secure.ClientsOfShards[shard];

    private static RoleDescription Describe(RoleHost host, WayOut way) => new("server", host.Mtu)
    {
        Exit = way.Exit,
        NatClass = way.NatClass,
        Addresses = way.Addresses,
    };

    private static int CountShards(RunContext context)
    {
        var shards = ShardCount.Of(context.Settings, Environment.ProcessorCount);
        if (shards.Obstacle is not null && context.Settings.Shards is { } wanted)
            context.Warn($"one shard instead of {wanted}: {shards.Obstacle}");
        else if (shards.Obstacle is not null)
            context.Log.Information("one shard: {Obstacle:l}", shards.Obstacle);
        return shards.Count;
    }

    private RolePlan Forward(RoleHost host, ServerSettings server, int shards)
    {
        var settings = host.Context.Settings;
        var nat = settings.Nat;
        host = host.WithMtu(UplinkPath.Mtu(server.Uplink), "the uplink");
        var way = _way = WayOut.Prepare(host);
        InetPrefix[] inside = server.Address6 is { } address6 ? [server.Address, address6] : [server.Address];
        InetAddress[] gateway = [.. inside.Select(address => address.Address)];
        var destinations = new DestinationPolicy(server.AllowedDestinations, [.. OwnAddresses.Read(), .. gateway, .. way.Outer]);
        DeviceRoute[] routes = [.. way.Routes, .. server.InnerRoutes.Select(prefix => new DeviceRoute(prefix))];
        var tun = host.Tun(inside, routes, severalQueues: shards > 1);
        var seats = new PeerSeats(server.MaxClients);
        var secure = OpenSecure(host, shards);
        var sockets = host.UdpOfShards(server.Listen, shards, secure is null ? null : ReceiverSteering.Of(shards));
        var policy = Policy(settings, way, host.Mtu);
        var group = new ShardGroup(new PortSlices(policy.Ports, policy.LowPorts, shards));
        _journal = OpenJournal(host);
        List<ServerLine> lines = [.. Enumerable.Range(0, shards).Select(Line)];
        _lines = lines;
        if (shards > 1)
        {
            host.Context.Log.Information("{Shards} shards, each with ports of its own: {Slices:l}",
                shards, string.Join(", ", Enumerable.Range(0, shards).Select(group.Slices.Of)));
        }

        KeepSessions(host, lines);
        _save.Add(() => GuardConnections(host, lines));
        return new RolePlan(Describe(host, way), lines);

        ServerLine Line(int shard)
        {
            var own = policy with { Ports = group.Slices.Of(shard), LowPorts = group.Slices.LowOf(shard) };
            var table = new NatTable(own, new CryptographicRandom(), shard, shards)
            {
                HoldsSince = TimeProvider.System.GetElapsedTime(0), // on the clock of LineContext.Now
            };
            var peers = PeersOf(secure, shard, server, seats);
            table.Observers.Add(new NatEvents(Events, peers));
            if (_journal is not null)
            {
                _mappings.Add(new MappingJournal(_journal, peers, way.Addresses, settings.Journal.Destinations, TimeProvider.System));
                table.Observers.Add(_mappings[^1]);
            }

            return new ServerLine(
                tun, sockets[shard], TransportOf(secure, shard), table, peers, destinations,
                new Hairpin(table, way.Addresses, shards == 1 ? null : port => group.IsForeign(shard, port)),
                new PortMapper(table, way.Addresses, nat.NatPmp, nat.NatPmpMaxLifetime), gateway)
            {
                Secure = secure,
                Place = shards == 1 ? null : (group, shard),
            };
        }
    }

    private static JournalWriter? OpenJournal(RoleHost host)
    {
        var settings = host.Context.Settings.Journal;
        if (settings.Directory is null) return null;
        host.Context.Log.Information("mappings are written to the journal in {Directory:l}", settings.Directory);
        return JournalWriter.Open(settings, host.Device, host.Context.Log, TimeProvider.System);
    }

    private void KeepSessions(RoleHost host, IReadOnlyList<ServerLine> lines)
    {
        var files = SessionFile.OfShards(host.Journal.Place.Directory, lines.Count, host.Context.Warn);
        var restored = files.Zip(lines, (file, line) => file.Restore(line.Table, line.Peers, line.Destinations)).Sum();
        if (restored > 0)
            host.Context.Log.Information("of the last run go on: sessions {Sessions}, clients {Clients}", restored, lines.Sum(line => line.Peers.Count));
        _save.AddRange(files.Zip(lines, (file, line) => new Action(() => file.Save(line.Table, line.Peers))));
    }

    /// <summary>The kernel is not to reset, until the next run, what that goes on with.</summary>
    private void GuardConnections(RoleHost host, IReadOnlyList<ServerLine> lines)
    {
        var connections = lines.SelectMany(line => line.Table.Sessions)
            .Count(session => session.Mapping.Protocol == IpProtocol.Tcp && session.State == SessionState.Established);
        if (connections == 0 || _way.Guard is not { } guard) return;
        if (guard.Raise() is { } refusal)
            host.Context.Warn($"the kernel will reset connections that bring data before the next start: {refusal}");
        else
            host.Context.Log.Information("connections that are kept from being reset for {Seconds} s: {Connections}", RestartGuard.Lasts.TotalSeconds, connections);
    }

    private static NatPolicy Policy(TunnelSettings settings, WayOut way, int mtu)
    {
        var given = new NatPolicy
        {
            OuterV4 = [.. way.Outer.Where(address => address.IsV4)],
            OuterV6 = [.. way.Outer.Where(address => !address.IsV4)],
            Ports = settings.Nat.Ports,
            LowPorts = way.LowPorts,
            TunnelMtu = mtu,
        };
        return settings.Nat.PolicyFrom(given, settings.Server.InnerRoutes);
    }
}
