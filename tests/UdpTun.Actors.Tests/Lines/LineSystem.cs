using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Testing.Io;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>A whole line with in-memory ends on a real event loop, wired as in production.</summary>
internal sealed class LineSystem : IAsyncDisposable
{
    public static readonly Config Loop = ConfigurationFactory.ParseString("""
        udptun.loop-dispatcher {
          type = Dispatcher
          executor = "UdpTun.Actors.EventLoop.EventLoopExecutorConfigurator, UdpTun.Actors"
          throughput = 64
        }
        """);

    private readonly Actors.EventLoop.EventLoop _loop;
    private readonly ActorSystem _system;

    private LineSystem(ILinePlan plan)
    {
        _loop = new Actors.EventLoop.EventLoop(new InMemoryPoller());
        Line = TestLine.Create(_loop);
        _system = ActorSystem.Create("line", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Loop), new EventLoopSetup(_loop)));
        Guardian = _system.ActorOf(TunnelGuardian.Props(new GuardianPlan(plan, Line,
            new ReopenSettings(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1)),
            TimeSpan.FromMinutes(1))), "tunnel");
    }

    public LineContext Line { get; }

    public IActorRef Guardian { get; }

    public static async Task<LineSystem> StartAsync(ILinePlan plan)
    {
        var system = new LineSystem(plan);
        await system.Guardian.Ask<TunnelReady>(WaitUntilReady.Instance, TimeSpan.FromSeconds(10));
        return system;
    }

    /// <summary>An actor of the line, by its name below the guardian.</summary>
    public Task<IActorRef> PartAsync(string name) =>
        _system.ActorSelection(Guardian.Path / name).ResolveOne(TimeSpan.FromSeconds(10));

    /// <summary>Runs <paramref name="read"/> on the loop's thread, after all that is queued there.</summary>
    public Task<T> OnLoopAsync<T>(Func<T> read)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Execute(new Run(() => done.SetResult(read())));
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _loop.Dispose();
        Assert.True(Line.Pool.Outstanding == 0, $"leaked: {Line.Pool.Outstanding} {Line.Pool.LeasedBy}");
    }

    private sealed class Run(Action work) : IRunnable
    {
        void IRunnable.Run() => work();

        public void Execute() => work();
    }
}
