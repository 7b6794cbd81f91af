using UdpTun.Net.Flows;

namespace UdpTun.Net.Buffers;

/// <summary>
/// Consecutive packets of one burst that travel together: those of one flow, or a whole burst where flows do not matter. Holds
/// a share of the burst's lease. Exactly one party owns a batch at a time; it may rewrite the packets, and either passes the
/// batch on or releases it.
/// </summary>
public sealed class PacketBatch
{
    private readonly PacketBurst _burst;
    private readonly int _first;
    private int _released;

    internal PacketBatch(PacketBurst burst, int first, int count, InetEndpoint remote)
    {
        _burst = burst;
        _first = first;
        Count = count;
        Remote = remote;
    }

    /// <summary>Packets in the batch, dropped ones included; at least 1.</summary>
    public int Count { get; }

    /// <summary>
    /// The far end of the tunnel: whom the UDP end received the packets from, or is to send them to. Default between TUN and session.
    /// Written by the batch's owner before it passes the batch on.
    /// </summary>
    public InetEndpoint Remote { get; set; }

    /// <summary>The pinned buffer that the descriptors point into.</summary>
    public byte[] Bytes => _burst.Bytes;

    public PacketDescriptor this[int index] => _burst.Packets[_first + index];

    /// <summary>The bytes of packet <paramref name="index"/> (0..<see cref="Count"/>-1); empty when it was dropped.</summary>
    public Span<byte> Packet(int index) => _burst.Packet(_first + index);

    /// <summary>Bytes of all packets that are still in the batch.</summary>
    public int TotalBytes()
    {
        var bytes = 0;
        for (var i = 0; i < Count; i++) bytes += this[i].Length;
        return bytes;
    }

    /// <summary>Packets that are still in the batch.</summary>
    public int Left()
    {
        var left = 0;
        for (var i = 0; i < Count; i++)
            if (this[i].Length > 0) left++;
        return left;
    }

    /// <summary>The first packet that is still in the batch; empty when all were dropped.</summary>
    public Span<byte> FirstPacket()
    {
        for (var i = 0; i < Count; i++)
            if (this[i].Length > 0) return Packet(i);
        return default;
    }

    /// <summary>
    /// Takes packet <paramref name="index"/> out of the batch: its length becomes 0 and the ends skip it. The caller counts it.
    /// </summary>
    public void Drop(int index) => _burst.Drop(_first + index);

    /// <summary>Points packet <paramref name="index"/> elsewhere within its own room (headroom, packet, tailroom).</summary>
    public void Move(int index, PacketDescriptor packet) => _burst.Replace(_first + index, packet);

    /// <summary>Gives the share of the lease back. Thread-safe; the packets may not be touched afterwards.</summary>
    /// <exception cref="InvalidOperationException">The batch was released before.</exception>
    public void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0) throw new InvalidOperationException("a packet batch was released twice");
        _burst.Release();
    }
}
