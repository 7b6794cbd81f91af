namespace UdpTun.Net.Admission;

/// <summary>Lets the first of many through and then one an interval, with the count of those it stands for. On one thread.</summary>
/// <param name="interval">Time between two that are let through.</param>
public sealed class OncePerInterval(TimeSpan interval)
{
    private TimeSpan? _lastAt;
    private long _count;

    /// <param name="now">The time on the caller's clock.</param>
    /// <param name="count">How many there were since one was let through, this one included.</param>
    public bool TryTake(TimeSpan now, out long count)
    {
        count = ++_count;
        if (now - _lastAt < interval) return false;
        (_lastAt, _count) = (now, 0);
        return true;
    }
}
