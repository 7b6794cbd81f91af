using System.Runtime.CompilerServices;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Buffers;

/// <summary>Where one packet lies in its burst's buffer.</summary>
/// <param name="Offset">First byte of the IP header.</param>
/// <param name="Length">Bytes of the packet; 0 means that it was dropped on the line and is to be skipped.</param>
/// <param name="Offload">What the packet still needs; default for an ordinary packet. Of a tail only the header's length, its head's.</param>
/// <param name="OuterClass">
/// DS field and ECN of the datagram that the packet came in or is to leave in; between the UDP ends of no meaning.
/// </param>
/// <param name="IsTail">
/// Payload alone, which continues the packet before it: the tails of a joined super-packet follow its head, whose header speaks for all.
/// </param>
/// <param name="Tails">How many tails follow: more than none only of the head of a joined super-packet.</param>
public readonly record struct PacketDescriptor(
    int Offset, int Length, PacketOffload Offload = default, TrafficClass OuterClass = default, bool IsTail = false, ushort Tails = 0)
{
    /// <summary>Packets that it stands for on a wire, without its tails: the segments of a super-packet; 0 of a dropped one.</summary>
    public int Packets
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // asked of every packet; the division is for the few
        get => Offload.Kind == SegmentKind.None ? Length == 0 ? 0 : 1 : SegmentsOf(this);
    }

    /// <summary>Bytes that these have with their headers.</summary>
    public int WireBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Offload.Kind == SegmentKind.None ? Length + (IsTail ? Offload.HeaderLength : 0) : Length + ((SegmentsOf(this) - 1) * Offload.HeaderLength);
    }

    private static int SegmentsOf(in PacketDescriptor packet) =>
        Math.Max(1, (packet.Length - packet.Offload.HeaderLength + packet.Offload.SegmentSize - 1) / packet.Offload.SegmentSize);
}
