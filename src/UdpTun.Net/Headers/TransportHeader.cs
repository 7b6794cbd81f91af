// Stage: parser, responder, translator. Thread: any. Memory: a view over the caller's span, valid as long as that is.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Headers;

/// <summary>The TCP, UDP or ICMP echo header behind an IP header, with its payload.</summary>
public readonly ref struct TransportHeader
{
    // RFC 9293 section 3.1 and RFC 768: both begin with the ports.
    internal const int SourcePortOffset = 0;
    internal const int DestinationPortOffset = 2;

    // RFC 9293 section 3.1.
    internal const int TcpLength = 20;
    internal const int TcpSequenceOffset = 4;
    internal const int TcpAcknowledgmentOffset = 8;
    internal const int TcpDataOffset = 12;
    internal const int TcpFlagsOffset = 13;
    internal const int TcpWindowOffset = 14;
    internal const int TcpChecksumOffset = 16;

    // RFC 768.
    internal const int UdpLength = 8;
    internal const int UdpLengthOffset = 4;
    internal const int UdpChecksumOffset = 6;

    // RFC 792 "Echo or Echo Reply Message", RFC 4443 section 4.
    internal const int IcmpEchoLength = 8;
    internal const int IcmpTypeOffset = 0;
    internal const int IcmpChecksumOffset = 2;
    internal const int IcmpIdentifierOffset = 4;

    private readonly ReadOnlySpan<byte> _bytes;

    private TransportHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>TCP and UDP.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_bytes[SourcePortOffset..]);

    /// <summary>TCP and UDP.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_bytes[DestinationPortOffset..]);

    /// <summary>TCP only.</summary>
    public TcpFlags Flags => (TcpFlags)_bytes[TcpFlagsOffset];

    /// <summary>ICMP only; see <see cref="Headers.IcmpType"/>.</summary>
    public byte IcmpType => _bytes[IcmpTypeOffset];

    /// <summary>ICMP echo only.</summary>
    public ushort EchoIdentifier => BinaryPrimitives.ReadUInt16BigEndian(_bytes[IcmpIdentifierOffset..]);

    /// <summary>
    /// Looks at what an IP header carries: its length against the header's own fields. Contents and checksums are not looked at.
    /// </summary>
    /// <param name="protocol">One of the four followed protocols; the caller has made sure that it fits the IP version.</param>
    /// <param name="bytes">The IP payload.</param>
    /// <param name="header">The view; of use only after <see cref="DropReason.None"/>.</param>
    public static DropReason TryParse(IpProtocol protocol, ReadOnlySpan<byte> bytes, out TransportHeader header)
    {
        header = new TransportHeader(bytes);
        if (bytes.Length < MinimumLength(protocol)) return DropReason.Truncated;
        return protocol switch
        {
            IpProtocol.Tcp => CheckTcp(bytes),
            IpProtocol.Udp => CheckUdp(bytes),
            _ => DropReason.None,
        };
    }

    /// <summary>
    /// Looks at what a first fragment carries: the header must be there whole, its data may go on in others. See <see cref="TryParse"/>.
    /// </summary>
    internal static DropReason TryParseFirst(IpProtocol protocol, ReadOnlySpan<byte> bytes, out TransportHeader header)
    {
        header = new TransportHeader(bytes);
        if (bytes.Length < MinimumLength(protocol)) return DropReason.Truncated;
        return protocol switch
        {
            IpProtocol.Tcp => CheckTcp(bytes),
            IpProtocol.Udp when BinaryPrimitives.ReadUInt16BigEndian(bytes[UdpLengthOffset..]) <= bytes.Length => DropReason.BadLength,
            _ => DropReason.None,
        };
    }

    /// <summary>Whether two TCP or UDP headers bear the same ports.</summary>
    internal static bool HaveSamePorts(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        MemoryMarshal.Read<uint>(one) == MemoryMarshal.Read<uint>(other);

    /// <summary>Offset of the checksum field within the transport header.</summary>
    internal static int ChecksumOffset(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Tcp => TcpChecksumOffset,
        IpProtocol.Udp => UdpChecksumOffset,
        _ => IcmpChecksumOffset,
    };

    /// <summary>Bytes that the shortest header of the protocol has.</summary>
    internal static int MinimumLength(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Tcp => TcpLength,
        IpProtocol.Udp => UdpLength,
        _ => IcmpEchoLength,
    };

    private static DropReason CheckTcp(ReadOnlySpan<byte> bytes)
    {
        var headerLength = (bytes[TcpDataOffset] >> 4) * 4;
        return headerLength < TcpLength || headerLength > bytes.Length ? DropReason.BadLength : DropReason.None;
    }

    // Shorter than the IP payload is refused too: the bytes behind the datagram would travel unseen by every check.
    private static DropReason CheckUdp(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt16BigEndian(bytes[UdpLengthOffset..]) == bytes.Length ? DropReason.None : DropReason.BadLength;
}
