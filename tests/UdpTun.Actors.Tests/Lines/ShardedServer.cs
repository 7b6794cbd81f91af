using Akka.Actor;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Routes.Shards;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>A server of two shards, each with ends of its own in memory: what arrives where is the test's choice, not a kernel's.</summary>
internal sealed class ShardedServer : IAsyncDisposable
{
    private static readonly ExternalAddresses Addresses = new([(TestNat.Outer, TestNat.External)]);

    private readonly List<InMemoryDeviceFactory<InMemoryTunDevice>> _tuns = [];
    private readonly List<InMemoryDeviceFactory<InMemoryUdpSocket>> _sockets = [];
    private readonly List<ServerLine> _plans = [];
    private LineSystem _system = null!;

    private ShardedServer(InMemoryTunDevice?[] tuns)
    {
        var group = new ShardGroup(new PortSlices(new PortRange(20000, 20009), null, tuns.Length));
        var seats = new PeerSeats(3);
        for (var shard = 0; shard < tuns.Length; shard++)
        {
            var number = shard;
            var policy = new NatPolicy
            {
                OuterV4 = [TestNat.Outer],
                Ports = group.Slices.Of(shard),
                Filtering = new NatFiltering(Filtering.EndpointIndependent, Filtering.EndpointIndependent),
            };
            var table = new NatTable(policy, new Random(1), shard, tuns.Length);
            var tun = tuns[shard];
            _tuns.Add(new InMemoryDeviceFactory<InMemoryTunDevice>(_ => tun ?? new InMemoryTunDevice()));
            _sockets.Add(new InMemoryDeviceFactory<InMemoryUdpSocket>(_ => new InMemoryUdpSocket(default)));
            var peers = new PeerRegistry([InetPrefix.Parse("10.0.0.0/8")], seats, TimeSpan.FromMinutes(10));
            _plans.Add(new ServerLine(
                _tuns[shard], _sockets[shard], new PlainTransport(), table, peers, new DestinationPolicy([], [TestNat.External]),
                new Hairpin(table, Addresses, port => group.IsForeign(number, port)),
                new PortMapper(table, Addresses, true, TimeSpan.FromHours(2)), [TestNat.Gateway])
            {
                Place = (group, shard),
            });
        }
    }

    public IActorRef Guardian => _system.Guardian;

    public static async Task<ShardedServer> StartAsync(params InMemoryTunDevice?[] tuns)
    {
        var server = new ShardedServer(tuns.Length == 0 ? [null, null] : tuns);
        server._system = await LineSystem.StartShardsAsync(server._plans);
        return server;
    }

    public InMemoryTunDevice Tun(int shard) => _tuns[shard].Current!;

    public int TunsOpened(int shard) => _tuns[shard].Opened.Count;

    public InMemoryUdpSocket Socket(int shard) => _sockets[shard].Current!;

    public LineContext Line(int shard) => _system.Lines[shard];

    public NatTable Table(int shard) => _plans[shard].Table;

    public Task KillAsync(string name) => _system.KillAsync(name);

    /// <summary>Lets a client send to the internet by a shard, and returns its outer endpoint.</summary>
    public async Task<InetEndpoint> OpenAsync(int shard, InetEndpoint client)
    {
        var written = Tun(shard).WrittenCount;
        Socket(shard).Arrive(client, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", "question"u8));
        await Eventually.TrueAsync(() => Tun(shard).WrittenCount == written + 1);
        return RunningServer.KeyOf(Tun(shard).Written[written].Bytes).Source;
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();
}
