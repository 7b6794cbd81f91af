// Stage: beside the line; proof that a loop turns. Thread: asked from any, answers on the loop. Memory: a message a question.
using Akka.Dispatch;

namespace UdpTun.Actors.EventLoop;

/// <summary>Finds out whether a loop really turns: gives it something to run, as an actor would, and waits for that to have been run.</summary>
public sealed class LoopPulse(EventLoop loop)
{
    private readonly Lock _lock = new();
    private Beat? _asked;

    /// <summary>Whether the loop runs what it is given within a time. A loop that sleeps wakes up for it. Any thread.</summary>
    public async Task<bool> BeatsAsync(TimeSpan patience)
    {
        try
        {
            await Ask().WaitAsync(patience);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Task Ask()
    {
        lock (_lock)
        {
            // A loop that hangs is asked once only, or its queue would grow for as long as it does.
            if (_asked is { Done.IsCompleted: false }) return _asked.Done;
            _asked = new Beat();
            loop.Execute(_asked);
            return _asked.Done;
        }
    }

    private sealed class Beat : IRunnable
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => _done.Task;

        public void Run() => _done.SetResult();

        public void Execute() => Run();
    }
}
