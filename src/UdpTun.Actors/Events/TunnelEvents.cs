namespace UdpTun.Actors.Events;

/// <summary>
/// Passes on what happens to whoever listens: the lines tell, from their loops; nobody waits for a listener. While nobody listens telling costs
/// one look, since <see cref="AreHeard"/> is asked before an event is made.
/// </summary>
public sealed class TunnelEvents(TimeProvider clock)
{
    private readonly Lock _changing = new();
    private EventListener[] _listeners = [];

    /// <summary>Whether anybody listens. Any thread.</summary>
    public bool AreHeard => Volatile.Read(ref _listeners).Length > 0;

    /// <summary>The time of day, for events.</summary>
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Hears all that happens from now on, until disposed. Any thread.</summary>
    public EventListener Listen()
    {
        var listener = new EventListener(this);
        lock (_changing) Volatile.Write(ref _listeners, [.. _listeners, listener]);
        return listener;
    }

    /// <summary>Any thread; never waits.</summary>
    public void Tell(TunnelEvent told)
    {
        foreach (var listener in Volatile.Read(ref _listeners)) listener.Take(told);
    }

    internal void Forget(EventListener listener)
    {
        lock (_changing) Volatile.Write(ref _listeners, [.. _listeners.Where(other => other != listener)]);
    }
}
