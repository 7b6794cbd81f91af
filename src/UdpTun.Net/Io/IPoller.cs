namespace UdpTun.Net.Io;

/// <summary>
/// What the event loop waits on. Level-triggered: a source with something left is reported again. Every member but
/// <see cref="Wake"/> is called from the loop's thread; <see cref="Wake"/> from any.
/// </summary>
public interface IPoller : IDisposable
{
    /// <summary>Starts watching a source. <paramref name="token"/> comes back with its events.</summary>
    void Add(IPollSource source, int token, PollInterest interest);

    /// <summary>Changes what is waited for; <see cref="PollInterest.None"/> still reports a lost device.</summary>
    void Change(IPollSource source, int token, PollInterest interest);

    /// <summary>Stops watching. Harmless for a source whose device is already gone.</summary>
    void Remove(IPollSource source);

    /// <summary>
    /// Waits for events, at most <paramref name="timeoutMilliseconds"/> (-1: without end, 0: only look), and returns how many of
    /// <paramref name="ready"/> were filled in: 0 after a time-out, a <see cref="Wake"/> or a signal.
    /// </summary>
    int Wait(Span<PollEvent> ready, int timeoutMilliseconds);

    /// <summary>Ends the present <see cref="Wait"/>, or the next one at once. Several calls may be answered by one return.</summary>
    void Wake();
}
