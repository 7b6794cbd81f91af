// Stage: a session rewrites the SYN of a connection. Thread: the loop. Memory: rewrites the batch's bytes in place; nothing allocated.
using System.Buffers.Binary;

namespace UdpTun.Net.Headers;

/// <summary>
/// Lowers the maximum segment size that a SYN announces (RFC 9293 section 3.7.1), so that the far end sends nothing that the tunnel
/// would have to refuse: path MTU discovery would tell it too, where nobody filters ICMP.
/// </summary>
public static class TcpMss
{
    private const byte EndOfOptions = 0, NoOperation = 1, MaximumSegmentSize = 2;
    private const int MssOptionLength = 4;

    /// <summary>Lowers the option where it is there and higher, and brings the checksum up to date (RFC 1624).</summary>
    /// <param name="tcp">TCP header with its options, and whatever follows.</param>
    /// <param name="highest">The largest segment that the tunnel carries, in bytes of payload.</param>
    /// <param name="checksumPending">The checksum field holds only the pseudo-header's sum, which does not cover the option.</param>
    /// <returns>True when the option was lowered; false also for options that are damaged.</returns>
    public static bool Clamp(Span<byte> tcp, int highest, bool checksumPending)
    {
        if (tcp.Length < TransportHeader.TcpLength) return false;
        var end = (tcp[TransportHeader.TcpDataOffset] >> 4) * 4;
        if (end > tcp.Length) return false;
        for (var at = TransportHeader.TcpLength; at < end;)
        {
            if (tcp[at] == EndOfOptions) return false;
            if (tcp[at] == NoOperation)
            {
                at++;
                continue;
            }

            if (at + 1 >= end || tcp[at + 1] < 2 || at + tcp[at + 1] > end) return false;
            if (tcp[at] == MaximumSegmentSize) return tcp[at + 1] == MssOptionLength && Lower(tcp, at + 2, highest, checksumPending);
            at += tcp[at + 1];
        }

        return false;
    }

    private static bool Lower(Span<byte> tcp, int at, int highest, bool checksumPending)
    {
        var announced = BinaryPrimitives.ReadUInt16BigEndian(tcp[at..]);
        if (announced <= highest) return false;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[at..], (ushort)highest);
        if (checksumPending) return true;

        var field = tcp.Slice(TransportHeader.TcpChecksumOffset, 2);
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(field);
        // An option may begin at an odd byte; swapping both words' bytes is what the sum then sees (RFC 1071 section 2, B).
        var (before, after) = at % 2 == 0
            ? (announced, (ushort)highest)
            : (BinaryPrimitives.ReverseEndianness(announced), BinaryPrimitives.ReverseEndianness((ushort)highest));
        BinaryPrimitives.WriteUInt16BigEndian(field, InternetChecksum.Update(checksum, before, after));
        return true;
    }
}
