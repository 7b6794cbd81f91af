// Stage: parser, responder, translator. Thread: any. Memory: a view over the caller's span, valid as long as that is.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Headers;

/// <summary>
/// The IP header of one packet, with the IPv6 extension headers that a router passes on behind it: the transport, or a later fragment's
/// data, begins at <see cref="Length"/>. IPv4 options are refused before anyone looks behind them.
/// </summary>
public readonly ref struct IpHeader
{
    /// <summary>Bytes of an IPv4 header without options (RFC 791 section 3.1).</summary>
    public const int V4Length = 20;

    /// <summary>Bytes of an IPv6 header (RFC 8200 section 3).</summary>
    public const int V6Length = 40;

    // RFC 791 section 3.1.
    internal const int V4TypeOfServiceOffset = 1;
    internal const int V4TotalLengthOffset = 2;
    internal const int V4IdentificationOffset = 4;
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
    private const int DontFragment = 0x4000;
    private const int MoreFragments = 0x2000;
    private const int OffsetMask = 0x1FFF;

    private readonly ReadOnlySpan<byte> _packet;
    private readonly ExtensionHeaders _extensions;

    private IpHeader(ReadOnlySpan<byte> packet, ExtensionHeaders extensions = default)
    {
        _packet = packet;
        _extensions = extensions;
    }

    public bool IsV4 => IsVersion4(_packet);

    /// <summary>Bytes of the header, in IPv6 with the extension headers, the fragment header among them.</summary>
    public int Length => IsV4 ? V4Length : V6Length + _extensions.Length;

    /// <summary>The transport's number (IANA "Protocol Numbers"), or what follows the last IPv6 extension header that is passed on.</summary>
    public byte Protocol => IsV4 ? _packet[V4ProtocolOffset] : _extensions.Protocol;

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

    /// <summary>True for every fragment, the first included; false for what only bears a fragment header (RFC 6946).</summary>
    public bool IsFragment => IsV4 ? (V4FragmentField & (MoreFragments | OffsetMask)) != 0 : _extensions.FragmentOffset != 0 || _extensions.HasMoreFragments;

    /// <summary>Where the fragment's data lies in the datagram, in bytes; a multiple of 8.</summary>
    public int FragmentOffset => IsV4 ? (V4FragmentField & OffsetMask) * 8 : _extensions.FragmentOffset;

    /// <summary>Whether others lie behind this fragment.</summary>
    public bool HasMoreFragments => IsV4 ? (V4FragmentField & MoreFragments) != 0 : _extensions.HasMoreFragments;

    /// <summary>True when no router may cut the packet; always in IPv6.</summary>
    public bool IsAtomic => !IsV4 || (V4FragmentField & (DontFragment | MoreFragments | OffsetMask)) == DontFragment;

    /// <summary>Common to all fragments of a datagram: 16 bits in IPv4, 32 in IPv6, where it is 0 without a fragment header.</summary>
    public uint Identification => IsV4 ? BinaryPrimitives.ReadUInt16BigEndian(_packet[V4IdentificationOffset..]) : _extensions.Identification;

    /// <summary>Where in an IPv6 packet with a fragment header the identification stands (RFC 8200 section 4.5).</summary>
    internal int V6IdentificationOffset => V6Length + _extensions.FragmentHeaderAt + ExtensionHeaders.IdentificationOffset;

    /// <summary>What the IP header carries.</summary>
    public ReadOnlySpan<byte> Payload => _packet[Length..];

    private int V4FragmentField => BinaryPrimitives.ReadUInt16BigEndian(_packet[V4FragmentOffset..]);

    /// <summary>
    /// Looks at a span that holds exactly one packet: version, lengths, the IPv4 checksum, options, IPv6 extension headers. Addresses and
    /// what follows are not looked at.
    /// </summary>
    public static DropReason TryParse(ReadOnlySpan<byte> packet, out IpHeader header)
    {
        header = default;
        if (packet.IsEmpty) return DropReason.Truncated;
        var reason = (packet[0] >> 4) switch
        {
            4 => CheckV4(packet),
            6 => CheckV6(packet),
            _ => DropReason.NotIp,
        };
        return reason == DropReason.None ? TryLocate(packet, out header) : reason;
    }

    /// <summary>
    /// Finds the transport and no more: for a packet that has been parsed, or for one that an ICMP error quotes in part.
    /// </summary>
    /// <returns>None, Truncated, NotIp, IpOptions or UnsupportedExtensionHeader.</returns>
    internal static DropReason TryLocate(ReadOnlySpan<byte> packet, out IpHeader header)
    {
        header = default;
        if (packet.IsEmpty) return DropReason.Truncated;
        if (IsVersion4(packet))
        {
            if (packet.Length < V4Length) return DropReason.Truncated;
            if (packet[0] != V4WithoutOptions) return DropReason.IpOptions;
            header = new IpHeader(packet);
            return DropReason.None;
        }

        if (packet[0] >> 4 != 6) return DropReason.NotIp;
        if (packet.Length < V6Length) return DropReason.Truncated;
        var reason = ExtensionHeaders.TryParse(packet[V6NextHeaderOffset], packet[V6Length..], out var extensions);
        if (reason == DropReason.None) header = new IpHeader(packet, extensions);
        return reason;
    }

    /// <summary>Whether a packet that passed the parser may not go on: a router would take away its last hop (RFC 1812 section 5.3.1).</summary>
    public static bool IsLastHop(ReadOnlySpan<byte> packet) => packet[IsVersion4(packet) ? V4TimeToLiveOffset : V6HopLimitOffset] <= 1;

    /// <summary>Whether lengths and the IPv4 checksum are right; of a packet whose version has been looked at.</summary>
    internal static bool IsIntact(ReadOnlySpan<byte> packet) => (IsVersion4(packet) ? CheckV4(packet) : CheckV6(packet)) == DropReason.None;

    /// <summary>Source and destination, as they lie in the packet.</summary>
    internal static ReadOnlySpan<byte> AddressesOf(ReadOnlySpan<byte> packet) =>
        IsVersion4(packet) ? packet.Slice(V4SourceOffset, 8) : packet.Slice(V6SourceOffset, 32);

    internal static bool IsVersion4(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 4;

    /// <summary>
    /// Whether two packets are of one version, whole, without options or extension headers, and of the same protocol, source and destination.
    /// Lengths and checksum are not looked at.
    /// </summary>
    /// <param name="one">At least <see cref="V4Length"/> bytes, as the other.</param>
    /// <param name="other">The other.</param>
    /// <param name="length">Bytes of the header; of use only after true.</param>
    /// <param name="protocol">The transport's number; of use only after true.</param>
    internal static bool HaveSameEnds(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, out int length, out IpProtocol protocol)
    {
        (length, protocol) = (V4Length, (IpProtocol)one[V4ProtocolOffset]);
        if (one[0] == V4WithoutOptions && other[0] == V4WithoutOptions)
        {
            return one[V4ProtocolOffset] == other[V4ProtocolOffset]
                && MemoryMarshal.Read<ulong>(one[V4SourceOffset..]) == MemoryMarshal.Read<ulong>(other[V4SourceOffset..])
                && !IsFragmentV4(one) && !IsFragmentV4(other);
        }

        (length, protocol) = (V6Length, (IpProtocol)one[V6NextHeaderOffset]);
        return one[0] >> 4 == 6 && other[0] >> 4 == 6 && one.Length > V6Length && other.Length > V6Length
            && one[V6NextHeaderOffset] == other[V6NextHeaderOffset]
            && one[V6SourceOffset..V6Length].SequenceEqual(other[V6SourceOffset..V6Length]);
    }

    private static bool IsFragmentV4(ReadOnlySpan<byte> packet) =>
        (BinaryPrimitives.ReadUInt16BigEndian(packet[V4FragmentOffset..]) & (MoreFragments | OffsetMask)) != 0;

    private static DropReason CheckV4(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < V4Length) return DropReason.Truncated;
        var headerLength = (packet[0] & 0x0F) * 4;
        var totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[V4TotalLengthOffset..]);
        if (headerLength < V4Length || totalLength < headerLength) return DropReason.BadLength;
        if (totalLength != packet.Length) return totalLength > packet.Length ? DropReason.Truncated : DropReason.BadLength;
        return InternetChecksum.IsIntact(packet[..headerLength]) ? DropReason.None : DropReason.BadHeaderChecksum;
    }

    private static DropReason CheckV6(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < V6Length) return DropReason.Truncated;
        var totalLength = V6Length + BinaryPrimitives.ReadUInt16BigEndian(packet[V6PayloadLengthOffset..]);
        if (totalLength == packet.Length) return DropReason.None;
        return totalLength > packet.Length ? DropReason.Truncated : DropReason.BadLength;
    }
}
