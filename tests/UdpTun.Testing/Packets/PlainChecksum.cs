using System.Buffers.Binary;

namespace UdpTun.Testing.Packets;

/// <summary>
/// The slow, plain twin of the code under test: 16 bits at a time, folded at every step, straight from RFC 1071. Takes packets
/// without IPv4 options and without IPv6 extension headers.
/// </summary>
public static class PlainChecksum
{
    /// <summary>The one's complement sum of the bytes, not inverted; an odd last byte counts as the high half of a word.</summary>
    public static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for (var i = 0; i < bytes.Length; i += 2)
        {
            sum += (bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0);
            if (sum > 0xFFFF) sum -= 0xFFFF;
        }

        return (ushort)sum;
    }

    /// <summary>The IPv4 header checksum that the packet ought to carry.</summary>
    public static ushort OfHeader(ReadOnlySpan<byte> packet)
    {
        var header = packet[..20].ToArray();
        header[10] = header[11] = 0;
        return (ushort)~Sum(header);
    }

    /// <summary>The transport checksum that the packet ought to carry, 0 written as 0xFFFF for UDP.</summary>
    public static ushort OfTransport(ReadOnlySpan<byte> packet)
    {
        var covered = PseudoHeader(packet).Concat(packet[TransportAt(packet)..].ToArray()).ToArray();
        var field = covered.Length - (packet.Length - ChecksumAt(packet));
        covered[field] = covered[field + 1] = 0;
        var checksum = (ushort)~Sum(covered);
        return checksum == 0 && ProtocolOf(packet) == 17 ? (ushort)0xFFFF : checksum;
    }

    /// <summary>What the kernel leaves in the checksum field of a packet whose checksum is pending: the pseudo-header's sum.</summary>
    public static ushort OfPseudoHeader(ReadOnlySpan<byte> packet) => Sum(PseudoHeader(packet));

    /// <summary>True when a receiver would take both checksums; a UDP checksum of 0 over IPv4 is taken as absent.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> packet)
    {
        if (packet[0] >> 4 == 4)
        {
            if (Sum(packet[..20]) != 0xFFFF) return false;
            if (ProtocolOf(packet) == 17 && BinaryPrimitives.ReadUInt16BigEndian(packet[ChecksumAt(packet)..]) == 0) return true;
        }

        return Sum([.. PseudoHeader(packet), .. packet[TransportAt(packet)..]]) == 0xFFFF;
    }

    /// <summary>Offset of the transport checksum field in the packet.</summary>
    public static int ChecksumAt(ReadOnlySpan<byte> packet) => TransportAt(packet) + ProtocolOf(packet) switch
    {
        6 => 16,
        17 => 6,
        _ => 2,
    };

    /// <summary>Offset of the transport header in the packet.</summary>
    public static int TransportAt(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 4 ? 20 : 40;

    private static byte ProtocolOf(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 4 ? packet[9] : packet[6];

    private static byte[] PseudoHeader(ReadOnlySpan<byte> packet)
    {
        var protocol = ProtocolOf(packet);
        if (protocol == 1) return [];
        var length = packet.Length - TransportAt(packet);
        byte[] tail = [(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, 0, 0, 0, protocol];
        var addresses = packet[0] >> 4 == 4 ? packet[12..20] : packet[8..40];
        return [.. addresses, .. tail];
    }
}
