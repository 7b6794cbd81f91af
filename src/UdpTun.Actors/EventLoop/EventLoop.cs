// Stage: below the line; every actor of the line runs here. Thread: its own, one per loop. Memory: holds no packets.
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Dispatch;
using UdpTun.Actors.Messages;
using UdpTun.Net.Io;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// One thread that runs actors and waits for devices. It drains a first-in-first-out run queue of mailboxes; when that is
/// empty it polls, and tells the actors behind the devices what happened. Work from its own thread goes to a plain queue,
/// work from other threads to a concurrent one, with a wake-up only when the loop sleeps. Because the queue is first in, first
/// out and the readers run only after a poll, a burst goes the whole way through the line before the next one is read. What is
/// marked as last has one run after each round, so that it neither delays the line nor starves.
/// </summary>
public sealed class EventLoop : IEventLoop, IDisposable
{
    /// <summary>Mailbox runs between two looks at the devices, so that busy actors cannot starve the readers.</summary>
    private const int RunsPerRound = 1024;

    [ThreadStatic] private static EventLoop? t_current;

    private readonly IPoller _poller;
    private readonly Thread _thread;
    private readonly Queue<MailboxRun> _local = new(256);
    private readonly ConcurrentQueue<IRunnable> _remote = new();
    private readonly ConcurrentQueue<IRunnable> _last = new();
    private readonly Dictionary<int, Watch> _watches = [];
    private readonly Dictionary<IPollSource, Watch> _bySource = [];
    private readonly PollEvent[] _events = new PollEvent[16];
    private int _asleep;
    private long _rounds;
    private int _nextToken = 1;
    private volatile bool _stopping;

    /// <param name="poller">What to wait on; the loop disposes it when it ends.</param>
    /// <param name="name">The thread's name, as <c>top -H</c> shows it.</param>
    public EventLoop(IPoller poller, string name = "udptun-loop")
    {
        _poller = poller;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => t_current == this;

    /// <summary>How often the loop has looked at its devices. Any thread.</summary>
    public long Rounds => Volatile.Read(ref _rounds);

    /// <summary>Queues one mailbox run. Any thread.</summary>
    public void Execute(IRunnable run)
    {
        if (IsCurrent)
        {
            _local.Enqueue(new MailboxRun(run));
            return;
        }

        _remote.Enqueue(run);
        WakeUp();
    }

    /// <summary>Queues one mailbox run for when the round's other work is done. Any thread.</summary>
    public void ExecuteLast(IRunnable run)
    {
        _last.Enqueue(run);
        if (!IsCurrent) WakeUp();
    }

    public void WatchReads(IPollSource source, IActorRef reader) =>
        Update(WatchOf(source), watch => (watch.Reader, watch.Reading) = (reader, true));

    public void WatchWrites(IPollSource source, IActorRef writer) => Update(WatchOf(source), watch => watch.Writer = writer);

    public void PauseReads(IPollSource source)
    {
        if (_bySource.TryGetValue(source, out var watch)) Update(watch, w => w.Reading = false);
    }

    public void PauseWrites(IPollSource source)
    {
        if (_bySource.TryGetValue(source, out var watch)) Update(watch, w => w.Writer = null);
    }

    public void Forget(IPollSource source)
    {
        EnsureCurrent();
        if (!_bySource.Remove(source, out var watch)) return;
        _watches.Remove(watch.Token);
        _poller.Remove(source);
    }

    /// <summary>Ends the thread and waits for it. What is queued and not run is forgotten.</summary>
    public void Dispose()
    {
        _stopping = true;
        _poller.Wake();
        if (!IsCurrent) _thread.Join();
    }

    private void WakeUp()
    {
        if (Interlocked.Exchange(ref _asleep, 0) == 1) _poller.Wake();
    }

    private Watch WatchOf(IPollSource source)
    {
        EnsureCurrent();
        if (_bySource.TryGetValue(source, out var known)) return known;
        var watch = new Watch(source, _nextToken++);
        _poller.Add(source, watch.Token, PollInterest.None);
        _bySource.Add(source, watch);
        _watches.Add(watch.Token, watch);
        return watch;
    }

    private void Update(Watch watch, Action<Watch> change)
    {
        EnsureCurrent();
        var before = watch.Interest;
        change(watch);
        if (watch.Interest != before) _poller.Change(watch.Source, watch.Token, watch.Interest);
    }

    private void Run()
    {
        t_current = this;
        while (!_stopping)
        {
            var idle = RunQueued() & RunOneOfLast();
            if (idle) Volatile.Write(ref _asleep, 1);
            // The full fence orders the flag before the last look at the queue: either the sender sees the flag and wakes us,
            // or we see its work.
            Interlocked.MemoryBarrier();
            var ready = _poller.Wait(_events, idle && _remote.IsEmpty && _last.IsEmpty && !_stopping ? -1 : 0);
            Volatile.Write(ref _asleep, 0);
            Volatile.Write(ref _rounds, _rounds + 1);
            Report(_events.AsSpan(0, ready));
        }

        _poller.Dispose();
    }

    /// <summary>Runs what is queued, at most a round's worth; true when nothing is left.</summary>
    private bool RunQueued()
    {
        for (var runs = 0; runs < RunsPerRound; runs++)
        {
            if (_local.TryDequeue(out var local)) local.Run.Run();
            else if (_remote.TryDequeue(out var remote)) remote.Run();
            else return true;
        }

        return false;
    }

    /// <summary>True when nothing was left to run.</summary>
    private bool RunOneOfLast()
    {
        if (!_last.TryDequeue(out var run)) return true;
        run.Run();
        return false;
    }

    private void Report(ReadOnlySpan<PollEvent> events)
    {
        foreach (var news in events)
        {
            if (!_watches.TryGetValue(news.Token, out var watch)) continue; // forgotten in this same round
            // With no sender Akka would look for its dead letters, each time. While reads are paused this can only be an error, which the next read will name.
            if (news.Readable) watch.Reader?.Tell(ReadReady.Instance, watch.Reader);
            if (news.Writable) watch.Writer?.Tell(WriteReady.Instance, watch.Writer);
        }
    }

    private void EnsureCurrent()
    {
        if (!IsCurrent) throw new InvalidOperationException("devices are watched from the event loop's own thread only");
    }

    /// <summary>An element that an array takes without a check of its type.</summary>
    private readonly record struct MailboxRun(IRunnable Run);

    private sealed class Watch(IPollSource source, int token)
    {
        public IPollSource Source { get; } = source;

        public int Token { get; } = token;

        public IActorRef? Reader { get; set; }

        public bool Reading { get; set; }

        public IActorRef? Writer { get; set; }

        public PollInterest Interest =>
            (Reading ? PollInterest.Read : PollInterest.None) | (Writer is null ? PollInterest.None : PollInterest.Write);
    }
}
