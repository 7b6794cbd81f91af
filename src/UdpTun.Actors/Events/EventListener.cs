using System.Threading.Channels;

namespace UdpTun.Actors.Events;

/// <summary>One listener's events between the loops and the thread that reads them: so many may wait, the others are counted.</summary>
public sealed class EventListener : IDisposable
{
    /// <summary>Events that may wait: some seconds of a busy server.</summary>
    public const int Capacity = 16 * 1024;

    private readonly TunnelEvents _events;
    private readonly Channel<TunnelEvent> _waiting =
        Channel.CreateBounded<TunnelEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    private long _missed;

    internal EventListener(TunnelEvents events) => _events = events;

    /// <summary>Waits until there is something to read.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken stop) => _waiting.Reader.WaitToReadAsync(stop);

    /// <summary>Reads what waits.</summary>
    /// <param name="events">Is added to.</param>
    /// <param name="max">Events at most.</param>
    /// <returns>Events that found no room since the last call; they came after those that were read.</returns>
    public long Read(List<TunnelEvent> events, int max)
    {
        while (max-- > 0 && _waiting.Reader.TryRead(out var told)) events.Add(told);
        return Interlocked.Exchange(ref _missed, 0);
    }

    public void Dispose() => _events.Forget(this);

    internal void Take(TunnelEvent told)
    {
        if (!_waiting.Writer.TryWrite(told)) Interlocked.Increment(ref _missed);
    }
}
