// Stage: parser, responder, translator. Thread: any. Memory: a view over the caller's span, valid as long as that is.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Headers;

/// <summary>
/// The IP header of one whole packet. Only headers of fixed length exist here: IPv4 options and IPv6 extension headers are
/// refused before anyone looks behind them, so the transport always begins at <see cref="Length"/>.
/// </summary>
public readonly ref struct IpHeader
{
    /// <summary>Bytes of an IPv4 header without options (RFC 791 section 3.1).</summary>
    public const int V4Length = 20;

    /// <summary>Bytes of an IPv6 header (RFC 8200 section 3).</summary>
    public const int V6Length = 40;

    // RFC 791 section 3.1.
    internal const int V4TotalLengthOffset = 2;
    internal const int V4FragmentOffset = 6;
    internal const int V4TimeToLiveOffset = 8;
    internal const int V4ProtocolOffset = 9;
    internal const int V4ChecksumOffset = 10;
    internal const int V4SourceOffset = 12;
    internal const int V4DestinationOffset = 16;

    // RFC 8200 section 3.
    internal const int V6PayloadLengthOffset = 4;
    internal const int V6NextHeaderOffset = 6;
    internal const int V6HopLimitOffset = 7;
    internal const int V6SourceOffset = 8;
    internal const int V6DestinationOffset = 24;

    private const byte V4WithoutOptions = 0x45; // version 4, header length 5 words
    private const int MoreFragmentsAndOffset = 0x3FFF;

    private readonly ReadOnlySpan<byte> _packet;

    private IpHeader(ReadOnlySpan<byte> packet) => _packet = packet;

    public bool IsV4 => IsVersion4(_packet);

    /// <summary>Bytes of the header: <see cref="V4Length"/> or <see cref="V6Length"/>.</summary>
    public int Length => IsV4 ? V4Length : V6Length;

    /// <summary>The transport's number (IANA "Protocol Numbers"); in IPv6 the next header.</summary>
    public byte Protocol => _packet[IsV4 ? V4ProtocolOffset : V6NextHeaderOffset];

    /// <summary>Time to live or hop limit.</summary>
    public byte TimeToLive => _packet[IsV4 ? V4TimeToLiveOffset : V6HopLimitOffset];

    /// <summary>The source; of an IPv6 packet with an IPv4-mapped address see <see cref="HasMappedAddress"/>.</summary>
    public InetAddress Source => InetAddress.FromBytes(IsV4 ? _packet.Slice(V4SourceOffset, 4) : _packet.Slice(V6SourceOffset, 16));

    public InetAddress Destination =>
        InetAddress.FromBytes(IsV4 ? _packet.Slice(V4DestinationOffset, 4) : _packet.Slice(V6DestinationOffset, 16));

    /// <summary>
    /// True when an IPv6 header bears an IPv4-mapped address, which no packet on a wire may and which our tables would take for IPv4.
    /// </summary>
    public bool HasMappedAddress => !IsV4 && (Source.IsV4 || Destination.IsV4);

    /// <summary>True for every IPv4 fragment, the first included (RFC 791 section 3.2).</summary>
    public bool IsFragment => IsV4 && (BinaryPrimitives.ReadUInt16BigEndian(_packet[V4FragmentOffset..]) & MoreFragmentsAndOffset) != 0;

    /// <summary>What the IP header carries.</summary>
    public ReadOnlySpan<byte> Payload => _packet[Length..];

    /// <summary>
    /// Looks at a span that holds exactly one packet: version, lengths, the IPv4 checksum, options. Addresses and what follows
    /// are not looked at.
    /// </summary>
    public static DropReason TryParse(ReadOnlySpan<byte> packet, out IpHeader header)
    {
        header = new IpHeader(packet);
        if (packet.IsEmpty) return DropReason.Truncated;
        return (packet[0] >> 4) switch
        {
            4 => CheckV4(packet),
            6 => CheckV6(packet),
            _ => DropReason.NotIp,
        };
    }

    internal static bool IsVersion4(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 4;

    private static DropReason CheckV4(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < V4Length) return DropReason.Truncated;
        var headerLength = (packet[0] & 0x0F) * 4;
        var totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[V4TotalLengthOffset..]);
        if (headerLength < V4Length || totalLength < headerLength) return DropReason.BadLength;
        if (totalLength != packet.Length) return totalLength > packet.Length ? DropReason.Truncated : DropReason.BadLength;
        if (!InternetChecksum.IsIntact(packet[..headerLength])) return DropReason.BadHeaderChecksum;
        return packet[0] == V4WithoutOptions ? DropReason.None : DropReason.IpOptions;
    }

    private static DropReason CheckV6(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < V6Length) return DropReason.Truncated;
        var totalLength = V6Length + BinaryPrimitives.ReadUInt16BigEndian(packet[V6PayloadLengthOffset..]);
        if (totalLength == packet.Length) return DropReason.None;
        return totalLength > packet.Length ? DropReason.Truncated : DropReason.BadLength;
    }
}
