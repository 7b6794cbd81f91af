namespace UdpTun.Net.Nat.Finding;

/// <summary>
/// How fast sessions carry, from two samples of their counters: kept by whoever looks again and again, so that nobody else pays for it.
/// One thread at a time.
/// </summary>
public sealed class SessionRates
{
    private Dictionary<long, (long Out, long In)> _before = [];
    private Dictionary<long, (long Out, long In)> _now = [];
    private TimeSpan _takenAt;
    private double _seconds;

    /// <summary>Begins another sample; the last one becomes the one before.</summary>
    /// <param name="now">Monotonic time.</param>
    public void Begin(TimeSpan now)
    {
        (_before, _now) = (_now, _before);
        _now.Clear();
        (_seconds, _takenAt) = ((now - _takenAt).TotalSeconds, now);
    }

    /// <summary>Takes the session's counters down.</summary>
    /// <returns>Bytes a second towards the internet and from it; 0 for a session that was not in the sample before.</returns>
    public (double Out, double In) Sample(NatSession session)
    {
        var (id, sent, received) = (session.Id.Value, session.Outbound.Bytes, session.Inbound.Bytes);
        _now[id] = (sent, received);
        return _before.TryGetValue(id, out var before) && _seconds > 0
            ? ((sent - before.Out) / _seconds, (received - before.In) / _seconds)
            : (0, 0);
    }
}
