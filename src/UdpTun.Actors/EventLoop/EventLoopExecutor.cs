using Akka.Dispatch;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// Akka's view of the loop. Akka shuts executors down and makes new ones as actors go and come; the loop outlives them all.
/// </summary>
/// <param name="id">The dispatcher's.</param>
/// <param name="execute">Queues a mailbox run on the loop.</param>
internal sealed class EventLoopExecutor(string id, Action<IRunnable> execute) : ExecutorService(id)
{
    public override void Execute(IRunnable run) => execute(run);

    public override void Shutdown()
    {
        // The loop belongs to whoever made it and is disposed after the actor system.
    }
}
