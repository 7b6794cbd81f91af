// Stage: the UDP end, for each packet that goes into a datagram or comes out of one. Thread: event loop. Memory: the caller's spans.
using System.Buffers.Binary;

namespace UdpTun.Net.Headers;

/// <summary>
/// The byte of an IP header that routers read: the DS field's code point in the upper six bits (RFC 2474), ECN in the lower two
/// (RFC 3168). IPv4 called it type of service, IPv6 calls it traffic class.
/// </summary>
public readonly record struct TrafficClass(byte Value)
{
    // RFC 3168 section 5.
    public const byte NotEct = 0b00;
    public const byte Ect1 = 0b01;
    public const byte Ect0 = 0b10;
    public const byte Ce = 0b11;

    private const int EcnBits = 2;
    private const byte EcnMask = 0b11;
    private const int V4Offset = 1; // RFC 791 section 3.1

    /// <summary>The code point, 0..63.</summary>
    public int Dscp => Value >> EcnBits;

    /// <summary>One of <see cref="NotEct"/>, <see cref="Ect1"/>, <see cref="Ect0"/>, <see cref="Ce"/>.</summary>
    public byte Ecn => (byte)(Value & EcnMask);

    public TrafficClass WithDscp(int dscp) => new((byte)((dscp << EcnBits) | Ecn));

    public TrafficClass WithEcn(byte ecn) => new((byte)((Value & ~EcnMask) | ecn));

    /// <summary>The class of an IP packet; 0 of what has no IP header.</summary>
    public static TrafficClass Of(ReadOnlySpan<byte> packet) => VersionOf(packet) switch
    {
        4 => new(packet[V4Offset]),
        6 => new((byte)(BinaryPrimitives.ReadUInt16BigEndian(packet) >> 4)), // 4 bits version, 8 bits class (RFC 8200 section 3)
        _ => default,
    };

    /// <summary>Puts the class into an IP packet's header and carries the change over to the IPv4 checksum; leaves other bytes alone.</summary>
    public void WriteTo(Span<byte> packet)
    {
        var version = VersionOf(packet);
        if (version == 0) return;
        var before = BinaryPrimitives.ReadUInt16BigEndian(packet);
        var after = version == 4 ? (before & 0xFF00) | Value : (before & 0xF00F) | (Value << 4);
        BinaryPrimitives.WriteUInt16BigEndian(packet, (ushort)after);
        if (version == 6) return;
        var field = packet[IpHeader.V4ChecksumOffset..];
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(field);
        BinaryPrimitives.WriteUInt16BigEndian(field, InternetChecksum.Update(checksum, before, (ushort)after));
    }

    private static int VersionOf(ReadOnlySpan<byte> packet) => packet.IsEmpty ? 0 : (packet[0] >> 4) switch
    {
        4 when packet.Length >= IpHeader.V4Length => 4,
        6 when packet.Length >= IpHeader.V6Length => 6,
        _ => 0,
    };
}
