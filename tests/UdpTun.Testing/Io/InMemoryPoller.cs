using UdpTun.Net.Io;

namespace UdpTun.Testing.Io;

/// <summary>
/// Waits on in-memory devices the way epoll waits on descriptors: level-triggered, a lost device is reported whatever the
/// interest. Allocates nothing while it waits.
/// </summary>
/// <param name="clock">Says when a wait is over; the system's by default.</param>
public sealed class InMemoryPoller(TimeProvider? clock = null) : IPoller
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly object _gate = new();
    private readonly List<(InMemoryDevice Device, int Token, PollInterest Interest)> _watched = [];
    private bool _woken;

    /// <summary>Devices being watched.</summary>
    public int Watched { get { lock (_gate) return _watched.Count; } }

    public void Add(IPollSource source, int token, PollInterest interest)
    {
        var device = (InMemoryDevice)source;
        lock (_gate) _watched.Add((device, token, interest));
        device.Changed += Look;
    }

    public void Change(IPollSource source, int token, PollInterest interest)
    {
        lock (_gate)
        {
            var index = IndexOf(source);
            if (index < 0) throw new InvalidOperationException($"{source.Name} is not watched");
            _watched[index] = ((InMemoryDevice)source, token, interest);
        }
    }

    public void Remove(IPollSource source)
    {
        ((InMemoryDevice)source).Changed -= Look;
        lock (_gate)
        {
            var index = IndexOf(source);
            if (index >= 0) _watched.RemoveAt(index);
        }
    }

    public int Wait(Span<PollEvent> ready, int timeoutMilliseconds)
    {
        var start = _clock.GetTimestamp();
        TimeSpan? limit = timeoutMilliseconds < 0 ? null : TimeSpan.FromMilliseconds(timeoutMilliseconds);
        lock (_gate)
        {
            while (true)
            {
                var events = Collect(ready);
                var left = limit - _clock.GetElapsedTime(start);
                if (events > 0 || _woken || left <= TimeSpan.Zero)
                {
                    _woken = false;
                    return events;
                }

                Monitor.Wait(_gate, left ?? Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Wake()
    {
        lock (_gate)
        {
            _woken = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (device, _, _) in _watched) device.Changed -= Look;
            _watched.Clear();
        }
    }

    private void Look()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    private int Collect(Span<PollEvent> ready)
    {
        var events = 0;
        foreach (var (device, token, interest) in _watched)
        {
            if (events == ready.Length) break;
            var lost = device.IsLost;
            var readable = lost || ((interest & PollInterest.Read) != 0 && device.IsReadable);
            var writable = (interest & PollInterest.Write) != 0 && device.IsWritable;
            if (readable || writable) ready[events++] = new PollEvent(token, readable, writable);
        }

        return events;
    }

    private int IndexOf(IPollSource source)
    {
        for (var i = 0; i < _watched.Count; i++)
            if (ReferenceEquals(_watched[i].Device, source)) return i;
        return -1;
    }
}
