// Stage: the answer to a packet that opens no session. Thread: the loop. Memory: the caller's span; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Icmp;

/// <summary>
/// Says to a client that the way to a destination is administratively prohibited: ICMP type 3 code 13 (RFC 1812 section 5.2.7.1) or ICMPv6
/// type 1 code 1 (RFC 4443 section 3.1). Its program then fails at once instead of waiting for a time-out.
/// </summary>
public static class UnreachableMessage
{
    /// <summary>Bytes that a message takes at most.</summary>
    public const int MaxLength = IpHeader.V6Length + HeaderLength + MaxQuote;

    private const int HeaderLength = 8;
    private const int MaxQuote = 128; // RFC 792 asks for the IP header and 8 bytes; more helps whoever reads a capture
    private const byte ProhibitedV4 = 13, ProhibitedV6 = 1;
    private const byte HopLimit = 64;

    /// <summary>Writes the message about <paramref name="offending"/> from <paramref name="from"/> to the packet's source.</summary>
    /// <param name="message">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="offending">One whole packet that passed the parser and is no ICMP error (RFC 1122 section 3.2.2).</param>
    /// <param name="from">The address that speaks; of the packet's family.</param>
    /// <returns>The message's length in bytes.</returns>
    public static int Write(Span<byte> message, ReadOnlySpan<byte> offending, InetAddress from)
    {
        var isV4 = IpHeader.IsVersion4(offending);
        var ipLength = isV4 ? IpHeader.V4Length : IpHeader.V6Length;
        var quote = offending[..Math.Min(offending.Length, MaxQuote)];
        var length = ipLength + HeaderLength + quote.Length;
        message = message[..length];
        message.Clear();

        var to = InetAddress.FromBytes(isV4 ? offending.Slice(IpHeader.V4SourceOffset, 4) : offending.Slice(IpHeader.V6SourceOffset, 16));
        if (isV4) WriteV4Header(message, from, to);
        else WriteV6Header(message, from, to);

        var icmp = message[ipLength..];
        icmp[0] = isV4 ? IcmpType.DestinationUnreachable : IcmpType.DestinationUnreachableV6;
        icmp[1] = isV4 ? ProhibitedV4 : ProhibitedV6;
        quote.CopyTo(icmp[HeaderLength..]);
        var pseudo = InternetChecksum.PseudoHeaderSum(from, to, isV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6, icmp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(
            icmp[TransportHeader.IcmpChecksumOffset..], (ushort)~InternetChecksum.Add(InternetChecksum.Sum(icmp), pseudo));
        return length;
    }

    private static void WriteV4Header(Span<byte> message, InetAddress from, InetAddress to)
    {
        message[0] = 0x45; // version 4, five words
        BinaryPrimitives.WriteUInt16BigEndian(message[IpHeader.V4TotalLengthOffset..], (ushort)message.Length);
        message[IpHeader.V4FragmentOffset] = 0x40; // never a fragment, so it needs no identification (RFC 6864 section 4.1)
        message[IpHeader.V4TimeToLiveOffset] = HopLimit;
        message[IpHeader.V4ProtocolOffset] = (byte)IpProtocol.Icmp;
        from.WriteTo(message[IpHeader.V4SourceOffset..]);
        to.WriteTo(message[IpHeader.V4DestinationOffset..]);
        BinaryPrimitives.WriteUInt16BigEndian(message[IpHeader.V4ChecksumOffset..], InternetChecksum.Compute(message[..IpHeader.V4Length]));
    }

    private static void WriteV6Header(Span<byte> message, InetAddress from, InetAddress to)
    {
        message[0] = 6 << 4;
        BinaryPrimitives.WriteUInt16BigEndian(message[IpHeader.V6PayloadLengthOffset..], (ushort)(message.Length - IpHeader.V6Length));
        message[IpHeader.V6NextHeaderOffset] = (byte)IpProtocol.IcmpV6;
        message[IpHeader.V6HopLimitOffset] = HopLimit;
        from.WriteMappedTo(message[IpHeader.V6SourceOffset..]);
        to.WriteMappedTo(message[IpHeader.V6DestinationOffset..]);
    }
}
