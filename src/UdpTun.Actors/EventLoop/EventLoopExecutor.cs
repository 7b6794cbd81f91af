using Akka.Dispatch;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// Akka's view of the loop. Akka shuts executors down and makes new ones as actors go and come; the loop outlives them all.
/// </summary>
internal sealed class EventLoopExecutor(string id, EventLoop loop) : ExecutorService(id)
{
    public override void Execute(IRunnable run) => loop.Execute(run);

    public override void Shutdown()
    {
        // The loop belongs to whoever made it and is disposed after the actor system.
    }
}
