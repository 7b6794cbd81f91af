namespace UdpTun.Net.Peers;

/// <summary>How many peers there may be at the same time, over all registries that share it. Any thread.</summary>
/// <param name="max">1 or more.</param>
public sealed class PeerSeats(int max)
{
    private int _taken;
    private volatile int _max = max;

    /// <summary>Who sits keeps the seat, though there may be fewer from now on.</summary>
    public int Max
    {
        get => _max;
        set => _max = value;
    }

    /// <summary>False when all are taken.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= _max) return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void GiveBack() => Interlocked.Decrement(ref _taken);
}
