namespace UdpTun.Net.Counters;

/// <summary>Packets and bytes of one direction. Written by one thread, readable from any.</summary>
public sealed class TrafficCounters
{
    private long _packets;
    private long _bytes;

    public long Packets => Volatile.Read(ref _packets);

    /// <summary>Bytes of IP packets, without what carries them.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public void Add(long packets, long bytes)
    {
        Volatile.Write(ref _packets, _packets + packets);
        Volatile.Write(ref _bytes, _bytes + bytes);
    }
}
