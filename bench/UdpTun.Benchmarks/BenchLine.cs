using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Io;
using UdpTun.Transport.Plain;

namespace UdpTun.Benchmarks;

/// <summary>The server's line as in production, between two ends in memory and on a clock that the benchmark sets.</summary>
internal sealed class BenchLine : IAsyncDisposable
{
    private const string Loop = """
        akka { loglevel = WARNING, stdout-loglevel = OFF, log-dead-letters = 0 }
        udptun.loop-dispatcher {
          type = Dispatcher
          executor = "UdpTun.Actors.EventLoop.EventLoopExecutorConfigurator, UdpTun.Actors"
          throughput = 64
          mailbox-type = "Akka.Dispatch.UnboundedMailbox, Akka"
        }
        """;

    private readonly EventLoop _loop = new(new InMemoryPoller());
    private readonly ActorSystem _system;
    private readonly InMemoryDeviceFactory<InMemoryTunDevice> _tuns = new(_ => new InMemoryTunDevice { Recording = false });
    private readonly InMemoryDeviceFactory<InMemoryUdpSocket> _sockets = new(_ => new InMemoryUdpSocket(default) { Recording = false });

    private BenchLine(NatPolicy policy, TimeSpan sweepInterval)
    {
        Table = new NatTable(policy, new CryptographicRandom());
        Line = new LineContext(_loop, new PacketPool(64), new DropCounters(), new LineTraffic(), Clock);
        _system = ActorSystem.Create(
            "bench", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(Loop)), new EventLoopSetup(_loop)));
        var peers = new PeerRegistry([InetPrefix.Parse("10.0.0.0/8")], 64, TimeSpan.FromDays(1));
        var plan = new ServerLine(
            _tuns, _sockets, new PlainTransport(), Table, peers, new DestinationPolicy([], []), new Hairpin(Table, ExternalAddresses.None),
            new PortMapper(Table, ExternalAddresses.None, isOn: false, TimeSpan.FromHours(2)),
            [InetAddress.Parse("192.168.61.1")], sweepInterval);
        var second = TimeSpan.FromSeconds(1);
        Guardian = _system.ActorOf(TunnelGuardian.Props(new GuardianPlan(plan, Line, new ReopenSettings(second, second, second), TimeSpan.FromDays(1))));
    }

    public SettableClock Clock { get; } = new();

    public NatTable Table { get; }

    public LineContext Line { get; }

    public InMemoryTunDevice Tun => _tuns.Current!;

    public InMemoryUdpSocket Socket => _sockets.Current!;

    private IActorRef Guardian { get; }

    public static async Task<BenchLine> StartAsync(NatPolicy policy, TimeSpan sweepInterval)
    {
        var line = new BenchLine(policy, sweepInterval);
        await line.Guardian.Ask<TunnelReady>(WaitUntilReady.Instance, TimeSpan.FromSeconds(10));
        return line;
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _loop.Dispose();
    }

    internal sealed class SettableClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
    }
}
