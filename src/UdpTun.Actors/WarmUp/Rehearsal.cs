using System.Diagnostics;
using System.Runtime;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Hosting;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.WarmUp;

/// <summary>
/// A client's and a server's line, joined to each other, through which packets go before the real line stands and for a moment beside it. What the
/// first packets, and with the secure transport the first handshake, need is compiled when the first rounds are over; what a stream needs is
/// compiled for good when the rehearsal ends. The actor system is one of its own and logs nothing.
/// </summary>
public sealed class Rehearsal : IAsyncDisposable
{
    /// <summary>Fewer than a stream needs: before so many, calls have not been counted yet, which anything called for the first time puts off.</summary>
    private const int LeastCompiled = 100;

    /// <summary>Longer than it takes from a method's first call to the 30 after which the runtime compiles it for good.</summary>
    private static readonly TimeSpan s_settled = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private readonly EventLoop.EventLoop _loop;
    private readonly RehearsalEnds _ends;
    private readonly LineContext _line;
    private readonly RehearsalKeys? _keys;
    private readonly TaskCompletionSource _ranThrough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly WarmUpLength _length;
    private readonly TimeSpan _patience;
    private readonly Task _ended;

    private Rehearsal(IPoller poller, RehearsalEnds ends, TransportKind transport, WarmUpLength length, TimeSpan patience)
    {
        (_ends, _length, _patience) = (ends, length, patience);
        _loop = new EventLoop.EventLoop(poller, "udptun-rehearse");
        if (transport == TransportKind.Secure) _keys = new RehearsalKeys(ends.ServerUdp.LocalEndpoint, RehearsalPackets.Inner);
        _line = new LineContext(_loop, new PacketPool(8), new DropCounters(), new LineTraffic(), TimeProvider.System);
        _ended = Task.Run(PlayAsync);
    }

    /// <summary>Begins; the devices are the rehearsal's from now on.</summary>
    /// <param name="poller">What the rehearsal's loop waits on.</param>
    /// <param name="ends">Between what the packets go.</param>
    /// <param name="transport">What goes between the two lines.</param>
    /// <param name="length">Whether it goes on after the first rounds.</param>
    public static Rehearsal Start(IPoller poller, RehearsalEnds ends, TransportKind transport, WarmUpLength length) =>
        Start(poller, ends, transport, length, s_patience);

    /// <summary>For who has more time for the first rounds, or less.</summary>
    internal static Rehearsal Start(IPoller poller, RehearsalEnds ends, TransportKind transport, WarmUpLength length, TimeSpan patience) =>
        new(poller, ends, transport, length, patience);

    /// <summary>
    /// Waits for the first rounds, well under a second. False: a packet was not answered in time; nothing is harmed but the first packets' speed.
    /// </summary>
    public async Task<bool> RunThroughAsync() => await Task.WhenAny(_ranThrough.Task, _ended) == _ranThrough.Task;

    /// <summary>When it has ended by itself, at most two seconds after the first rounds.</summary>
    public Task Ended => _ended;

    /// <summary>Ends it, if it has not ended by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _ended;
        _stop.Dispose();
    }

    private async Task PlayAsync()
    {
        var quiet = ConfigurationFactory.ParseString(
            "akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }\n" + LoopDispatchers.Hocon);
        var system = LocalSystem.Start("rehearsal", quiet, ActorSystemSetup.Create(new EventLoopSetup(_loop)));
        try
        {
            Start(system, "server", ServerLine());
            Start(system, "client", ClientLine());
            system.ActorOf(RehearsalInternet.Props(_loop, _ends.Internet), "internet");
            system.ActorOf(RehearsalInner.Props(_loop, _ends.Inner, _ranThrough), "inner");
            await _ranThrough.Task.WaitAsync(_patience, _stop.Token);
            if (_length == WarmUpLength.Full) await UntilSettledAsync();
        }
        catch (Exception early) when (early is TimeoutException || _stop.IsCancellationRequested)
        {
            // A packet was lost, or it was told to end: what has not been compiled by now will be when it is needed.
        }
        finally
        {
            await system.Terminate();
            _loop.Dispose();
            _ends.Dispose();
            _keys?.Dispose();
        }
    }

    /// <summary>Waits until nothing has been compiled for a while.</summary>
    private async Task UntilSettledAsync()
    {
        var start = Stopwatch.GetTimestamp();
        var before = JitInfo.GetCompiledMethodCount();
        var (compiled, since) = (before, start);
        while ((Stopwatch.GetElapsedTime(since) < s_settled || compiled - before < LeastCompiled) && Stopwatch.GetElapsedTime(start) < s_limit)
        {
            await Task.Delay(s_look, _stop.Token);
            if (JitInfo.GetCompiledMethodCount() is var now && now != compiled) (compiled, since) = (now, Stopwatch.GetTimestamp());
        }
    }

    private void Start(ActorSystem system, string name, ILinePlan plan)
    {
        var never = TimeSpan.FromHours(1);
        var guardian = new GuardianPlan([new Shard(plan, _line)], new ReopenSettings(never, never, never), never);
        system.ActorOf(TunnelGuardian.Props(guardian), name);
    }

    private ILinePlan ClientLine()
    {
        var (tun, udp) = (new RehearsalFactory<ITunDevice>(_ends.ClientTun), new RehearsalFactory<IUdpSocket>(_ends.ClientUdp));
        return _keys is null ? new ClientLine(tun, udp, new PlainTransport(), _ends.ServerUdp.LocalEndpoint) : new PeerLine(tun, udp, _keys.Client);
    }

    private ServerLine ServerLine()
    {
        var external = new ExternalAddresses([(RehearsalPackets.OuterV4, RehearsalPackets.OuterV4), (RehearsalPackets.OuterV6, RehearsalPackets.OuterV6)]);
        var table = new NatTable(
            new NatPolicy
            {
                OuterV4 = [RehearsalPackets.OuterV4],
                OuterV6 = [RehearsalPackets.OuterV6],
                Ports = new PortRange(20000, 29999),
                SweepInterval = TimeSpan.FromMilliseconds(10),
            },
            new CryptographicRandom());
        var client = new InetPrefix(_ends.ClientUdp.LocalEndpoint.Address, 32);
        return new ServerLine(
            new RehearsalFactory<ITunDevice>(_ends.ServerTun), new RehearsalFactory<IUdpSocket>(_ends.ServerUdp),
            _keys is null ? new PlainTransport() : _keys.Server.Transport, table,
            _keys is null ? new PeerRegistry([client], 1, TimeSpan.FromHours(1)) : _keys.Server.Clients,
            new DestinationPolicy([], []), new Hairpin(table, external),
            new PortMapper(table, external, isOn: false, TimeSpan.FromHours(1)), [RehearsalPackets.Gateway])
        {
            Secure = _keys?.Server,
        };
    }
}
