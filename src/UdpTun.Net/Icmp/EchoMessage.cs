// Stage: the server's own pings. Thread: the loop. Memory: the caller's spans; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Icmp;

/// <summary>Writes ICMP echo requests and reads their replies (RFC 792, RFC 4443 section 4).</summary>
public static class EchoMessage
{
    /// <summary>Bytes of a request in front of its data.</summary>
    public const int MaxHeaders = IpHeader.V6Length + HeaderLength;

    private const int HeaderLength = 8;
    private const byte HopLimit = 64;
    private const int IdentifierOffset = 4;
    private const int SequenceOffset = 6;

    /// <summary>Writes a request.</summary>
    /// <param name="packet">Room for <see cref="MaxHeaders"/> and the data.</param>
    /// <param name="from">Who is answered.</param>
    /// <param name="to">Of the same family.</param>
    /// <param name="identifier">Comes back in the reply.</param>
    /// <param name="sequence">Comes back in the reply.</param>
    /// <param name="data">Comes back in the reply.</param>
    /// <returns>The packet's length.</returns>
    public static int WriteRequest(
        Span<byte> packet, InetAddress from, InetAddress to, ushort identifier, ushort sequence, ReadOnlySpan<byte> data)
    {
        var ipLength = from.IsV4 ? IpHeader.V4Length : IpHeader.V6Length;
        packet = packet[..(ipLength + HeaderLength + data.Length)];
        packet[..(ipLength + HeaderLength)].Clear();
        if (from.IsV4) WriteV4Header(packet, from, to);
        else WriteV6Header(packet, from, to);
        var icmp = packet[ipLength..];
        icmp[TransportHeader.IcmpTypeOffset] = from.IsV4 ? IcmpType.EchoRequest : IcmpType.EchoRequestV6;
        BinaryPrimitives.WriteUInt16BigEndian(icmp[IdentifierOffset..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[SequenceOffset..], sequence);
        data.CopyTo(icmp[HeaderLength..]);
        var pseudo = InternetChecksum.PseudoHeaderSum(from, to, from.IsV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6, icmp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(
            icmp[TransportHeader.IcmpChecksumOffset..], (ushort)~InternetChecksum.Add(InternetChecksum.Sum(icmp), pseudo));
        return packet.Length;
    }

    /// <summary>Reads an intact echo reply.</summary>
    /// <param name="packet">One whole packet.</param>
    /// <param name="checksumPending">See <see cref="Buffers.PacketOffload.ChecksumPending"/>.</param>
    /// <param name="identifier">The request's.</param>
    /// <param name="sequence">The request's.</param>
    /// <param name="data">The request's, if it is honest.</param>
    public static bool TryReadReply(
        ReadOnlySpan<byte> packet, bool checksumPending, out ushort identifier, out ushort sequence, out ReadOnlySpan<byte> data)
    {
        identifier = sequence = 0;
        data = default;
        if (PacketParser.Parse(packet, out var key) != DropReason.None || key.Protocol is not (IpProtocol.Icmp or IpProtocol.IcmpV6)) return false;
        if (IpHeader.TryLocate(packet, out var ip) != DropReason.None) return false;
        var icmp = packet[ip.Length..];
        var reply = key.Protocol == IpProtocol.Icmp ? IcmpType.EchoReply : IcmpType.EchoReplyV6;
        if (icmp[TransportHeader.IcmpTypeOffset] != reply) return false;
        var pseudo = InternetChecksum.PseudoHeaderSum(key.Source.Address, key.Destination.Address, key.Protocol, icmp.Length);
        if (!checksumPending && !InternetChecksum.IsIntact(icmp, pseudo)) return false;
        identifier = BinaryPrimitives.ReadUInt16BigEndian(icmp[IdentifierOffset..]);
        sequence = BinaryPrimitives.ReadUInt16BigEndian(icmp[SequenceOffset..]);
        data = icmp[HeaderLength..];
        return true;
    }

    private static void WriteV4Header(Span<byte> packet, InetAddress from, InetAddress to)
    {
        packet[0] = 0x45; // version 4, five words
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V4TotalLengthOffset..], (ushort)packet.Length);
        packet[IpHeader.V4FragmentOffset] = 0x40; // never a fragment, so it needs no identification (RFC 6864 section 4.1)
        packet[IpHeader.V4TimeToLiveOffset] = HopLimit;
        packet[IpHeader.V4ProtocolOffset] = (byte)IpProtocol.Icmp;
        from.WriteTo(packet[IpHeader.V4SourceOffset..]);
        to.WriteTo(packet[IpHeader.V4DestinationOffset..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V4ChecksumOffset..], InternetChecksum.Compute(packet[..IpHeader.V4Length]));
    }

    private static void WriteV6Header(Span<byte> packet, InetAddress from, InetAddress to)
    {
        packet[0] = 6 << 4;
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V6PayloadLengthOffset..], (ushort)(packet.Length - IpHeader.V6Length));
        packet[IpHeader.V6NextHeaderOffset] = (byte)IpProtocol.IcmpV6;
        packet[IpHeader.V6HopLimitOffset] = HopLimit;
        from.WriteMappedTo(packet[IpHeader.V6SourceOffset..]);
        to.WriteMappedTo(packet[IpHeader.V6DestinationOffset..]);
    }
}
