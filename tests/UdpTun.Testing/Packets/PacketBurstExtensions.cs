using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;

namespace UdpTun.Testing.Packets;

/// <summary>Fills bursts the way a device's reader does.</summary>
public static class PacketBurstExtensions
{
    /// <summary>Copies a packet into the burst's next place.</summary>
    /// <exception cref="InvalidOperationException">It does not fit.</exception>
    public static PacketBurst Put(this PacketBurst burst, ReadOnlySpan<byte> packet, PacketOffload offload = default, InetEndpoint remote = default)
    {
        if (!burst.HasRoomFor(packet.Length)) throw new InvalidOperationException("the burst is full");
        packet.CopyTo(burst.Bytes.AsSpan(burst.NextOffset));
        burst.Append(packet.Length, offload, remote);
        return burst;
    }

    /// <summary>A leased burst that holds the packets, in order.</summary>
    /// <exception cref="InvalidOperationException">The pool is exhausted or the packets do not fit.</exception>
    public static PacketBurst LeaseWith(this PacketPool pool, params ReadOnlySpan<byte[]> packets)
    {
        if (!pool.TryLease(out var burst)) throw new InvalidOperationException("the pool is exhausted");
        foreach (var packet in packets) burst.Put(packet);
        return burst;
    }
}
