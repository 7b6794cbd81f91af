using UdpTun.Actors.Events;

namespace UdpTun.Host.Control.Events;

/// <summary>One reader's events, as answers of bounded length.</summary>
internal sealed class EventFeed(TunnelEvents events, EventQuery query) : IDisposable
{
    private const int MostAtOnce = 500;

    private readonly EventListener _listener = events.Listen();
    private readonly List<TunnelEvent> _read = [];

    public ValueTask<bool> WaitAsync(CancellationToken stop) => _listener.WaitAsync(stop);

    /// <summary>What has come since the last time; null: nothing that is asked for, and nothing missed.</summary>
    public EventsAnswer? Take()
    {
        _read.Clear();
        var missed = _listener.Read(_read, MostAtOnce);
        var admitted = _read.Where(query.Admits).Select(EventText.Of).ToList();
        return admitted.Count > 0 || missed > 0 ? new EventsAnswer(admitted, missed) : null;
    }

    public void Dispose() => _listener.Dispose();
}
