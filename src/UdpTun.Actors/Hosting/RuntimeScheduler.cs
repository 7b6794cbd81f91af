// Stage: beside the line; when it is time, a message to an actor. Thread: the runtime's pool, any schedules. Memory: one of the runtime's
// timers for each that is set.
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace UdpTun.Actors.Hosting;

/// <summary>
/// Akka's timers on those of the runtime, asleep until one is due (ADR 0028). They count in the kernel's ticks, so that an alarm comes up to
/// 4 ms late, or as much early where another timer has woken the runtime just then. Akka's own scheduler looks once a tick
/// whether one is: at a tick of 10 ms that takes 3 % of a core from an idle tunnel, at 100 ms a packet delayed by 20 ms comes after 100.
/// </summary>
/// <param name="settings">Akka's; not needed.</param>
/// <param name="log">Akka's; told of actions that fail.</param>
internal sealed class RuntimeScheduler(Config settings, ILoggingAdapter log) : SchedulerBase(settings, log), IDisposable
{
    private readonly ConcurrentDictionary<Alarm, bool> _alarms = [];
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private volatile bool _ended;

    /// <summary>Timers that are set and may still go off.</summary>
    public int Pending => _alarms.Count;

    public override TimeSpan MonotonicClock => HighResMonotonicClock;

    public override TimeSpan HighResMonotonicClock => TimeProvider.System.GetElapsedTime(_start);

    protected override DateTimeOffset TimeNow => TimeProvider.System.GetUtcNow();

    /// <summary>Called by Akka when the system ends: nothing is due any more.</summary>
    public void Dispose()
    {
        _ended = true;
        foreach (var alarm in _alarms.Keys) alarm.Dispose();
    }

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Set(delay, Timeout.InfiniteTimeSpan, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Set(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Set(delay, Timeout.InfiniteTimeSpan, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Set(delay, Timeout.InfiniteTimeSpan, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Set(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Set(initialDelay, interval, action.Run, cancelable);

    /// <summary>The runtime would cut a fraction of a millisecond off, and each alarm would be early.</summary>
    internal static TimeSpan Whole(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds));

    private void Set(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable)
    {
        var alarm = new Alarm(this, action, isOnce: interval == Timeout.InfiniteTimeSpan);
        _alarms.TryAdd(alarm, true);
        alarm.Start(delay, interval, cancelable?.Token ?? CancellationToken.None);
        if (_ended) alarm.Dispose();
    }

    /// <summary>One timer, until it has gone off for the last time, is cancelled, or the system ends.</summary>
    private sealed class Alarm : IDisposable
    {
        private readonly RuntimeScheduler _scheduler;
        private readonly Action _action;
        private readonly bool _isOnce;
        private readonly Timer _timer;
        private CancellationTokenRegistration _cancellation;

        public Alarm(RuntimeScheduler scheduler, Action action, bool isOnce)
        {
            (_scheduler, _action, _isOnce) = (scheduler, action, isOnce);
            _timer = new Timer(static alarm => ((Alarm)alarm!).GoOff(), this, Timeout.Infinite, Timeout.Infinite);
        }

        public void Start(TimeSpan delay, TimeSpan interval, CancellationToken cancellation)
        {
            _cancellation = cancellation.UnsafeRegister(static alarm => ((Alarm)alarm!).Dispose(), this);
            if (cancellation.IsCancellationRequested) return;
            try
            {
                _timer.Change(Whole(delay), Whole(interval));
            }
            catch (ObjectDisposedException)
            {
                // Cancelled just now, or the system has ended.
            }
        }

        public void Dispose()
        {
            _timer.Dispose();
            _cancellation.Dispose();
            _scheduler._alarms.TryRemove(this, out _);
        }

        private void GoOff()
        {
            if (_isOnce) Dispose();
            try
            {
                _action();
            }
            catch (Exception failure)
            {
                _scheduler.Log.Error(failure, "what was to be done at a time has failed");
            }
        }
    }
}
