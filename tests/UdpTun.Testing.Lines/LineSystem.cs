using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Io;
using UdpTun.Testing.Io;

namespace UdpTun.Testing.Lines;

/// <summary>A whole line on a real event loop, wired as in production, between ends that need no kernel.</summary>
public sealed class LineSystem : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly Config Quiet =
        ConfigurationFactory.ParseString("akka { loglevel = WARNING, stdout-loglevel = OFF, log-dead-letters = 0 }\n" + LoopDispatchers.Hocon);

    private readonly EventLoop _loop;
    private readonly ActorSystem _system;

    private LineSystem(ILinePlan plan, IPoller poller, int maxBursts, TimeProvider clock)
    {
        _loop = new EventLoop(poller);
        Line = new LineContext(_loop, new PacketPool(maxBursts), new DropCounters(), new LineTraffic(), clock);
        _system = ActorSystem.Create(
            "line", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Quiet), new EventLoopSetup(_loop)));
        var reopen = new ReopenSettings(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));
        Guardian = _system.ActorOf(TunnelGuardian.Props(new GuardianPlan(plan, Line, reopen, TimeSpan.FromMinutes(1))), "tunnel");
    }

    public LineContext Line { get; }

    public IActorRef Guardian { get; }

    /// <summary>Starts a line and waits until packets pass.</summary>
    /// <param name="plan">Who is wired to whom, and the ends.</param>
    /// <param name="poller">Knows the ends; by default the one of the in-memory devices.</param>
    /// <param name="maxBursts">What the line's pool holds.</param>
    /// <param name="clock">The system's by default.</param>
    public static async Task<LineSystem> StartAsync(ILinePlan plan, IPoller? poller = null, int maxBursts = 8, TimeProvider? clock = null)
    {
        var system = new LineSystem(plan, poller ?? new InMemoryPoller(), maxBursts, clock ?? TimeProvider.System);
        await system.Guardian.Ask<TunnelReady>(WaitUntilReady.Instance, Patience);
        return system;
    }

    /// <summary>An actor of the line, by its name below the guardian.</summary>
    public Task<IActorRef> PartAsync(string name) => _system.ActorSelection(Guardian.Path / name).ResolveOne(Patience);

    /// <summary>Runs <paramref name="read"/> on the loop's thread, after all that is queued there.</summary>
    public Task<T> OnLoopAsync<T>(Func<T> read)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Execute(new Run(() => done.SetResult(read())));
        return done.Task;
    }

    /// <exception cref="InvalidOperationException">A burst was not released.</exception>
    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _loop.Dispose();
        if (Line.Leaked.Bursts > 0) throw new InvalidOperationException($"leaked: {Line.Leaked}");
    }

    private sealed class Run(Action work) : IRunnable
    {
        void IRunnable.Run() => work();

        public void Execute() => work();
    }
}
