using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace UdpTun.Actors.WarmUp;

/// <summary>
/// The timers of a rehearsal. Akka's own scheduler ends by an exception whose stack trace is to have lines; the library that looks for them
/// would stay for good, more than 1 MB (ADR 0026).
/// </summary>
/// <param name="settings">Akka's; not needed.</param>
/// <param name="log">Akka's.</param>
internal sealed class RehearsalScheduler(Config settings, ILoggingAdapter log) : SchedulerBase(settings, log), IDisposable
{
    private readonly ConcurrentBag<Timer> _timers = [];
    private readonly long _start = TimeProvider.System.GetTimestamp();

    public override TimeSpan MonotonicClock => HighResMonotonicClock;

    public override TimeSpan HighResMonotonicClock => TimeProvider.System.GetElapsedTime(_start);

    protected override DateTimeOffset TimeNow => TimeProvider.System.GetUtcNow();

    /// <summary>Called by Akka when the system ends.</summary>
    public void Dispose()
    {
        foreach (var timer in _timers) timer.Dispose();
    }

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(delay, Timeout.InfiniteTimeSpan, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Schedule(delay, Timeout.InfiniteTimeSpan, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Schedule(delay, Timeout.InfiniteTimeSpan, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action.Run, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable) => _timers.Add(new Timer(
        _ =>
        {
            if (cancelable is not { IsCancellationRequested: true }) action();
        },
        null, delay, interval));
}
