namespace UdpTun.Net.Treatment.Faults;

/// <summary>
/// A token bucket that tells when a packet may go on rather than whether it may now: what comes too fast waits a little, as in front of a
/// slow link, and is refused where the wait would be long. A bucket that only refuses would let TCP have a fraction of the rate.
/// </summary>
/// <param name="rate">What passes in the long run.</param>
internal sealed class ByteLimit(BitRate rate)
{
    /// <summary>What may pass at once after a pause, in time at the rate.</summary>
    internal static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(20);

    /// <summary>What a packet waits at most; one that would have to wait longer is refused.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(200);

    // Tokens that the bucket lacks to be full. Kept in bytes: a packet's time at a high rate is no whole number of a clock's ticks.
    private double _missing;
    private TimeSpan _filledAt;

    public BitRate Rate => rate;

    /// <summary>Takes the tokens of a packet that goes on at <paramref name="at"/>; false, and nothing is taken, when it is refused.</summary>
    public bool TryTake(int bytes, TimeSpan now, out TimeSpan at)
    {
        _missing = Math.Max(0, _missing - (Math.Max(0, (now - _filledAt).TotalSeconds) * rate.BytesPerSecond));
        _filledAt = now;
        var wait = TimeSpan.FromSeconds(Math.Max(0, _missing / rate.BytesPerSecond)) - Burst;
        at = wait > TimeSpan.Zero ? now + wait : now;
        if (wait > LongestWait) return false;
        _missing += bytes;
        return true;
    }
}
