// Stage: behind the grouper, before a flow's packets reach its session or the TUN. Thread: the loop. Memory: rewrites the first packet's
// header and the burst's descriptors; no payload is moved, nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Offload;

/// <summary>
/// Joins consecutive packets of a flow to super-packets, as a kernel's GRO does: the first keeps its header, which then speaks for all, and
/// the others become its tails, payload alone (<see cref="PacketDescriptor.IsTail"/>). What differs in anything but what segments may
/// differ in, or is not intact, stays a packet of its own, and the order within the flow stays as it was.
/// </summary>
/// <param name="joinsUdp">Whether the device takes UDP super-packets (TUN_F_USO4 and 6).</param>
public sealed class Coalescer(bool joinsUdp)
{
    private const int LongestPacket = ushort.MaxValue;

    /// <summary>
    /// UDP_MAX_SEGMENTS of include/linux/udp.h before Linux 6.9, 128 since: a TUN refuses a UDP super-packet of more (EINVAL).
    /// </summary>
    private const int MostUdpSegments = 64;
    private const byte DontFragment = 0x40;
    private const TcpFlags MayDiffer = TcpFlags.Psh;

    /// <summary>What the packet at hand has to show to be joined to the one before it.</summary>
    private struct Head
    {
        public int Index, HeaderLength, TransportAt, SegmentSize, Length, Pieces;
        public bool IsTcp, IsVerified, IsOpen;
        public uint NextSequence;
    }

    /// <summary>Joins what it can among the packets of one flow, which lie together in the burst.</summary>
    public void Join(PacketBurst burst, int first, int count)
    {
        var head = default(Head);
        for (var i = first; i < first + count; i++)
        {
            if (head.IsOpen && TryAppend(burst, ref head, i)) continue;
            Finish(burst, head);
            head = Begin(burst, i);
        }

        Finish(burst, head);
    }

    private Head Begin(PacketBurst burst, int index)
    {
        var packet = burst.Packet(index);
        if (burst.Packets[index].Offload != default || IpHeader.TryLocate(packet, out var ip) != DropReason.None) return default;
        var fixedLength = ip.IsV4 ? IpHeader.V4Length : IpHeader.V6Length;
        if (ip.Length != fixedLength || ip.IsFragment || (ip.IsV4 && packet[IpHeader.V4FragmentOffset] != DontFragment)) return default;

        var isTcp = ip.Protocol == (byte)IpProtocol.Tcp;
        if (!isTcp && !(joinsUdp && ip.Protocol == (byte)IpProtocol.Udp)) return default;
        var transport = packet[ip.Length..];
        if (transport.Length < (isTcp ? TransportHeader.TcpLength : TransportHeader.UdpLength)) return default;
        if (isTcp && ((TcpFlags)transport[TransportHeader.TcpFlagsOffset] & ~MayDiffer) != TcpFlags.Ack) return default;
        var transportLength = isTcp ? (transport[TransportHeader.TcpDataOffset] >> 4) * 4 : TransportHeader.UdpLength;
        var payload = transport.Length - transportLength;
        if (transportLength < TransportHeader.UdpLength || payload <= 0) return default;
        // RFC 768: without a checksum nobody knows whether it is intact, and the joined packet would be given one.
        if (!isTcp && BinaryPrimitives.ReadUInt16BigEndian(transport[TransportHeader.UdpChecksumOffset..]) == 0) return default;
        return new Head
        {
            Index = index,
            HeaderLength = ip.Length + transportLength,
            TransportAt = ip.Length,
            SegmentSize = payload,
            Length = packet.Length,
            Pieces = 1,
            IsTcp = isTcp,
            // The end of what the sender wrote at once: waiting for more would only hold it back.
            IsOpen = !isTcp || ((TcpFlags)transport[TransportHeader.TcpFlagsOffset] & TcpFlags.Psh) == 0,
            NextSequence = isTcp ? BinaryPrimitives.ReadUInt32BigEndian(transport[TransportHeader.TcpSequenceOffset..]) + (uint)payload : 0,
        };
    }

    private static bool TryAppend(PacketBurst burst, ref Head head, int index)
    {
        var descriptor = burst.Packets[index];
        var packet = burst.Packet(index);
        var payload = packet.Length - head.HeaderLength;
        if (descriptor.Offload != default || payload <= 0 || payload > head.SegmentSize || head.Length + payload > LongestPacket) return false;
        if (!head.IsTcp && head.Pieces == MostUdpSegments) return false;
        var model = burst.Packet(head.Index);
        if (!SameIp(model, packet, head.TransportAt)) return false;
        var before = model[head.TransportAt..head.HeaderLength];
        var after = packet[head.TransportAt..];
        if (head.IsTcp ? !SameTcp(before, after, head.NextSequence) : !SameUdp(before, after)) return false;
        if (!head.IsVerified && !IsIntact(model, head.TransportAt, head.IsTcp)) return false;
        head.IsVerified = true;
        if (!IsIntact(packet, head.TransportAt, head.IsTcp)) return false;

        burst.Packets[index] = descriptor with
        {
            Offset = descriptor.Offset + head.HeaderLength,
            Length = payload,
            Offload = new PacketOffload(SegmentKind.None, false, (ushort)head.HeaderLength, 0, 0, 0),
            IsTail = true,
        };
        head.Pieces++;
        head.Length += payload;
        head.NextSequence += (uint)payload;
        head.IsOpen = payload == head.SegmentSize;
        if (head.IsTcp && ((TcpFlags)after[TransportHeader.TcpFlagsOffset] & TcpFlags.Psh) != 0)
        {
            model[head.TransportAt + TransportHeader.TcpFlagsOffset] |= (byte)TcpFlags.Psh;
            head.IsOpen = false;
        }

        return true;
    }

    /// <summary>Equal but for length, identification and header checksum.</summary>
    private static bool SameIp(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, int length)
    {
        if (IpHeader.IsVersion4(before))
        {
            return before[..2].SequenceEqual(after[..2])
                && before[IpHeader.V4FragmentOffset..IpHeader.V4ChecksumOffset].SequenceEqual(after[IpHeader.V4FragmentOffset..IpHeader.V4ChecksumOffset])
                && before[IpHeader.V4SourceOffset..length].SequenceEqual(after[IpHeader.V4SourceOffset..length]);
        }

        return before[..IpHeader.V6PayloadLengthOffset].SequenceEqual(after[..IpHeader.V6PayloadLengthOffset])
            && before[IpHeader.V6NextHeaderOffset..length].SequenceEqual(after[IpHeader.V6NextHeaderOffset..length]);
    }

    /// <summary>The next bytes of the stream, with the same ports, acknowledgment, window, flags and options.</summary>
    private static bool SameTcp(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, uint sequence) =>
        BinaryPrimitives.ReadUInt32BigEndian(after[TransportHeader.TcpSequenceOffset..]) == sequence
        && before[..TransportHeader.TcpSequenceOffset].SequenceEqual(after[..TransportHeader.TcpSequenceOffset])
        && before[TransportHeader.TcpAcknowledgmentOffset..TransportHeader.TcpFlagsOffset]
            .SequenceEqual(after[TransportHeader.TcpAcknowledgmentOffset..TransportHeader.TcpFlagsOffset])
        && ((TcpFlags)(before[TransportHeader.TcpFlagsOffset] ^ after[TransportHeader.TcpFlagsOffset]) & ~MayDiffer) == 0
        && before[TransportHeader.TcpWindowOffset..TransportHeader.TcpChecksumOffset]
            .SequenceEqual(after[TransportHeader.TcpWindowOffset..TransportHeader.TcpChecksumOffset])
        && before[(TransportHeader.TcpChecksumOffset + 2)..].SequenceEqual(after[(TransportHeader.TcpChecksumOffset + 2)..before.Length]);

    private static bool SameUdp(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after) =>
        before[..TransportHeader.UdpLengthOffset].SequenceEqual(after[..TransportHeader.UdpLengthOffset])
        && BinaryPrimitives.ReadUInt16BigEndian(after[TransportHeader.UdpChecksumOffset..]) != 0;

    // The joined packet gets new lengths and a new checksum, under which damage would pass; and a damaged head would take its tails along.
    private static bool IsIntact(ReadOnlySpan<byte> packet, int transportAt, bool isTcp)
    {
        var transport = packet[transportAt..];
        if (!IpHeader.IsIntact(packet)) return false;
        if (!isTcp && BinaryPrimitives.ReadUInt16BigEndian(transport[TransportHeader.UdpLengthOffset..]) != transport.Length) return false;
        // The header is of fixed length (see Begin), so the addresses, which the checksum covers, too, lie right in front of the transport.
        var covered = packet[(transportAt - IpHeader.AddressesOf(packet).Length)..];
        return InternetChecksum.IsIntact(covered, InternetChecksum.Add((ushort)transport.Length, (ushort)(isTcp ? IpProtocol.Tcp : IpProtocol.Udp)));
    }

    private static ushort PseudoHeaderSum(ReadOnlySpan<byte> packet, int length, bool isTcp) =>
        InternetChecksum.PseudoHeaderSum(IpHeader.AddressesOf(packet), isTcp ? IpProtocol.Tcp : IpProtocol.Udp, length);

    private static void Finish(PacketBurst burst, in Head head)
    {
        if (head.Pieces < 2) return;
        var packet = burst.Packet(head.Index);
        var isV4 = IpHeader.IsVersion4(packet);
        if (isV4) SetLengthV4(packet, (ushort)head.Length);
        else BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V6PayloadLengthOffset..], (ushort)(head.Length - IpHeader.V6Length));

        var transport = packet[head.TransportAt..];
        var transportLength = head.Length - head.TransportAt;
        var checksumOffset = head.IsTcp ? TransportHeader.TcpChecksumOffset : TransportHeader.UdpChecksumOffset;
        if (!head.IsTcp) BinaryPrimitives.WriteUInt16BigEndian(transport[TransportHeader.UdpLengthOffset..], (ushort)transportLength);
        BinaryPrimitives.WriteUInt16BigEndian(transport[checksumOffset..], PseudoHeaderSum(packet, transportLength, head.IsTcp));
        var kind = head.IsTcp ? isV4 ? SegmentKind.TcpV4 : SegmentKind.TcpV6 : SegmentKind.Udp;
        burst.Packets[head.Index] = burst.Packets[head.Index] with
        {
            Tails = (ushort)(head.Pieces - 1),
            Offload = new PacketOffload(
                kind, true, (ushort)head.HeaderLength, (ushort)head.SegmentSize, (ushort)head.TransportAt, (ushort)checksumOffset),
        };
    }

    private static void SetLengthV4(Span<byte> packet, ushort length)
    {
        var field = packet.Slice(IpHeader.V4TotalLengthOffset, 2);
        var before = BinaryPrimitives.ReadUInt16BigEndian(field);
        BinaryPrimitives.WriteUInt16BigEndian(field, length);
        var checksum = packet.Slice(IpHeader.V4ChecksumOffset, 2);
        BinaryPrimitives.WriteUInt16BigEndian(
            checksum, InternetChecksum.Update(BinaryPrimitives.ReadUInt16BigEndian(checksum), before, length));
    }
}
