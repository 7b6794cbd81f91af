// Stage: the answer to a packet of a connection that the operator has ended. Thread: the loop. Memory: the caller's span; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Headers;

/// <summary>Writes the reset that tells the sender of a segment that its connection is no more (RFC 9293 section 3.10.7.1).</summary>
public static class TcpReset
{
    /// <summary>Bytes that a reset takes at most.</summary>
    public const int MaxLength = IpHeader.V6Length + TransportHeader.TcpLength;

    private const byte HeaderWords = (TransportHeader.TcpLength / 4) << 4;

    /// <summary>Writes the answer to <paramref name="packet"/> as if its destination gave it.</summary>
    /// <param name="reset">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="packet">One whole packet that passed the parser.</param>
    /// <returns>The reset's length in bytes, or 0 where none is due: for another protocol, a later fragment, and a reset.</returns>
    public static int Write(Span<byte> reset, ReadOnlySpan<byte> packet)
    {
        if (IpHeader.TryLocate(packet, out var ip) != DropReason.None || ip.FragmentOffset != 0) return 0;
        if (ip.Protocol != (byte)IpProtocol.Tcp || ip.Payload.Length < TransportHeader.TcpLength) return 0;
        var segment = ip.Payload;
        var flags = (TcpFlags)segment[TransportHeader.TcpFlagsOffset];
        if ((flags & TcpFlags.Rst) != 0) return 0;

        var ipLength = ip.IsV4 ? IpHeader.V4Length : IpHeader.V6Length;
        reset = reset[..(ipLength + TransportHeader.TcpLength)];
        reset.Clear();
        OwnHeader.Write(reset, ip.Destination, ip.Source, IpProtocol.Tcp);
        WriteSegment(reset[ipLength..], segment, flags);
        var pseudo = InternetChecksum.PseudoHeaderSum(ip.Destination, ip.Source, IpProtocol.Tcp, TransportHeader.TcpLength);
        BinaryPrimitives.WriteUInt16BigEndian(
            reset[(ipLength + TransportHeader.TcpChecksumOffset)..],
            (ushort)~InternetChecksum.Add(InternetChecksum.Sum(reset[ipLength..]), pseudo));
        return reset.Length;
    }

    private static void WriteSegment(Span<byte> reset, ReadOnlySpan<byte> segment, TcpFlags flags)
    {
        segment.Slice(TransportHeader.DestinationPortOffset, 2).CopyTo(reset[TransportHeader.SourcePortOffset..]);
        segment.Slice(TransportHeader.SourcePortOffset, 2).CopyTo(reset[TransportHeader.DestinationPortOffset..]);
        reset[TransportHeader.TcpDataOffset] = HeaderWords;
        if ((flags & TcpFlags.Ack) != 0)
        {
            reset[TransportHeader.TcpFlagsOffset] = (byte)TcpFlags.Rst;
            segment.Slice(TransportHeader.TcpAcknowledgmentOffset, 4).CopyTo(reset[TransportHeader.TcpSequenceOffset..]);
            return;
        }

        reset[TransportHeader.TcpFlagsOffset] = (byte)(TcpFlags.Rst | TcpFlags.Ack);
        var sequence = BinaryPrimitives.ReadUInt32BigEndian(segment[TransportHeader.TcpSequenceOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(reset[TransportHeader.TcpAcknowledgmentOffset..], sequence + LengthOf(segment, flags));
    }

    // SYN and FIN count as a byte each (RFC 9293 section 3.4).
    private static uint LengthOf(ReadOnlySpan<byte> segment, TcpFlags flags) =>
        (uint)(segment.Length - ((segment[TransportHeader.TcpDataOffset] >> 4) * 4))
        + ((flags & TcpFlags.Syn) != 0 ? 1u : 0) + ((flags & TcpFlags.Fin) != 0 ? 1u : 0);
}
