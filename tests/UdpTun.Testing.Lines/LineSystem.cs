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

    private readonly List<EventLoop> _loops;
    private readonly ActorSystem _system;

    private LineSystem(IReadOnlyList<ILinePlan> plans, Func<IPoller> poller, int maxBursts, TimeProvider clock)
    {
        _loops = [.. plans.Select(_ => new EventLoop(poller()))];
        var drops = new DropCounters();
        Lines = [.. _loops.Select(loop => new LineContext(loop, new PacketPool(maxBursts), drops, new LineTraffic(), clock))];
        _system = ActorSystem.Create(
            "line", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Quiet), new EventLoopSetup(_loops)));
        ShardDispatchers.Register(_system, plans.Count, Shard.LoopDispatcher, Shard.LoopLastDispatcher);
        var shards = plans.Select((plan, number) => new Shard(plan, Lines[number], number)).ToList();
        var reopen = new ReopenSettings(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));
        Guardian = _system.ActorOf(TunnelGuardian.Props(new GuardianPlan(shards, reopen, TimeSpan.FromMinutes(1))), "tunnel");
    }

    public LineContext Line => Lines[0];

    /// <summary>One a shard; the drops are counted together.</summary>
    public IReadOnlyList<LineContext> Lines { get; }

    public IActorRef Guardian { get; }

    /// <summary>Starts a line and waits until packets pass.</summary>
    /// <param name="plan">Who is wired to whom, and the ends.</param>
    /// <param name="poller">Knows the ends; by default the one of the in-memory devices.</param>
    /// <param name="maxBursts">What the line's pool holds.</param>
    /// <param name="clock">The system's by default.</param>
    public static Task<LineSystem> StartAsync(ILinePlan plan, IPoller? poller = null, int maxBursts = 8, TimeProvider? clock = null) =>
        ReadyAsync(new LineSystem([plan], () => poller ?? new InMemoryPoller(), maxBursts, clock ?? TimeProvider.System));

    /// <summary>Starts several lines side by side, each on a loop of its own, and waits until packets pass.</summary>
    public static Task<LineSystem> StartShardsAsync(IReadOnlyList<ILinePlan> plans) =>
        ReadyAsync(new LineSystem(plans, () => new InMemoryPoller(), maxBursts: 8, TimeProvider.System));

    /// <summary>An actor of the line, by its name below the guardian.</summary>
    public Task<IActorRef> PartAsync(string name) => _system.ActorSelection(Guardian.Path / name).ResolveOne(Patience);

    /// <summary>Kills an actor of the line and waits until it lives again, with the device that it has asked the guardian for.</summary>
    public async Task KillAsync(string name)
    {
        var part = await PartAsync(name);
        part.Tell(Kill.Instance);
        // It asks before it answers, and the guardian's answer reaches it before the last question here.
        foreach (var asked in new[] { part, Guardian, part })
        {
            if (!asked.Equals((await asked.Ask<ActorIdentity>(new Identify(0), Patience)).Subject))
                throw new InvalidOperationException($"{asked} has not come back");
        }
    }

    /// <summary>Runs <paramref name="read"/> on a loop's thread, after all that is queued there.</summary>
    public Task<T> OnLoopAsync<T>(Func<T> read, int shard = 0)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loops[shard].Execute(new Run(() => done.SetResult(read())));
        return done.Task;
    }

    /// <exception cref="InvalidOperationException">A burst was not released.</exception>
    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _loops.ForEach(loop => loop.Dispose());
        foreach (var line in Lines)
            if (line.Leaked.Bursts > 0) throw new InvalidOperationException($"leaked: {line.Leaked}");
    }

    private static async Task<LineSystem> ReadyAsync(LineSystem system)
    {
        await system.Guardian.Ask<TunnelReady>(WaitUntilReady.Instance, Patience);
        return system;
    }

    private sealed class Run(Action work) : IRunnable
    {
        void IRunnable.Run() => work();

        public void Execute() => work();
    }
}
