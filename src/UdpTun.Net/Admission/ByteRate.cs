// Stage: beside a peer's packets, once a flow's part of a burst. Thread: the loop. Memory: nothing allocated.
namespace UdpTun.Net.Admission;

/// <summary>
/// A token bucket of bytes that may run into debt: what comes passes whole as long as anything is left, and what is behind it waits until the
/// debt is paid. So a burst of 64 KB never has to fit, and the rate holds to the byte over time.
/// </summary>
/// <param name="perSecond">Bytes a second, 1 or more.</param>
public sealed class ByteRate(long perSecond)
{
    // Less than two full bursts would stop a stream at every gap between two reads of the device.
    private const double LeastBurst = 256 << 10;
    private const double BurstSeconds = 0.1;

    private readonly double _burst = Math.Max(LeastBurst, perSecond * BurstSeconds);
    private double _left = Math.Max(LeastBurst, perSecond * BurstSeconds);
    private TimeSpan _filledAt;

    /// <param name="bytes">0 or more.</param>
    /// <param name="now">The time on the caller's clock.</param>
    /// <returns>Whether they pass.</returns>
    public bool TryTake(int bytes, TimeSpan now)
    {
        _left = Math.Min(_burst, _left + (Math.Max(0, (now - _filledAt).TotalSeconds) * perSecond));
        _filledAt = now;
        if (_left <= 0) return false;
        _left -= bytes;
        return true;
    }
}
