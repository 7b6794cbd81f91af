namespace UdpTun.Net.Peers;

/// <summary>How many peers there may be at the same time, over all registries that share it. Any thread.</summary>
/// <param name="max">1 or more.</param>
public sealed class PeerSeats(int max)
{
    private int _taken;

    /// <summary>False when all are taken.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= max) return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void GiveBack() => Interlocked.Decrement(ref _taken);
}
