using UdpTun.Actors.Lines;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Transport.Plain;

namespace UdpTun.Benchmarks;

/// <summary>The server's line as in production, between two ends in memory and on a clock that the benchmark sets.</summary>
internal sealed class BenchLine : IAsyncDisposable
{
    private readonly InMemoryDeviceFactory<InMemoryTunDevice> _tuns = new(_ => new InMemoryTunDevice { Recording = false });
    private readonly InMemoryDeviceFactory<InMemoryUdpSocket> _sockets = new(_ => new InMemoryUdpSocket(default) { Recording = false });
    private LineSystem _system = null!;

    private BenchLine(NatPolicy policy) => Table = new NatTable(policy, new CryptographicRandom());

    public SettableClock Clock { get; } = new();

    public NatTable Table { get; }

    public LineContext Line => _system.Line;

    public InMemoryTunDevice Tun => _tuns.Current!;

    public InMemoryUdpSocket Socket => _sockets.Current!;

    public static async Task<BenchLine> StartAsync(NatPolicy policy)
    {
        var line = new BenchLine(policy);
        var peers = new PeerRegistry([InetPrefix.Parse("10.0.0.0/8")], 64, TimeSpan.FromDays(1));
        var plan = new ServerLine(
            line._tuns, line._sockets, new PlainTransport(), line.Table, peers, new DestinationPolicy([], []),
            new Hairpin(line.Table, ExternalAddresses.None),
            new PortMapper(line.Table, ExternalAddresses.None, isOn: false, TimeSpan.FromHours(2)),
            [InetAddress.Parse("192.168.61.1")]);
        line._system = await LineSystem.StartAsync(plan, maxBursts: 64, clock: line.Clock);
        return line;
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    internal sealed class SettableClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
    }
}
