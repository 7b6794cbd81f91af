namespace UdpTun.Net.Admission;

/// <summary>A token bucket: so many at once, and so many a second after that. On one thread; time is passed in.</summary>
/// <param name="perSecond">Tokens that come back each second, more than 0.</param>
/// <param name="burst">Tokens that the bucket holds, 1 or more; it starts full.</param>
public sealed class RateLimit(double perSecond, int burst)
{
    private double _tokens = burst;
    private TimeSpan _filledAt;

    /// <summary>Takes a token if there is one.</summary>
    public bool TryTake(TimeSpan now)
    {
        _tokens = Math.Min(burst, _tokens + (Math.Max(0, (now - _filledAt).TotalSeconds) * perSecond));
        _filledAt = now;
        if (_tokens < 1) return false;
        _tokens--;
        return true;
    }
}
