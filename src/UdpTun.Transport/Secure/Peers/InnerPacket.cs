// Stage: first look into an opened datagram, or at a packet on its way to one. Thread: event loop. Memory: views of the caller's.
using System.Buffers.Binary;

namespace UdpTun.Transport.Secure.Peers;

/// <summary>Where a packet's addresses lie and where it ends: all that cryptokey routing asks of it.</summary>
internal static class InnerPacket
{
    private const int V4HeaderBytes = 20, V4TotalLengthOffset = 2, V4SourceOffset = 12, V4DestinationOffset = 16; // RFC 791 section 3.1
    private const int V6HeaderBytes = 40, V6PayloadLengthOffset = 4, V6SourceOffset = 8, V6DestinationOffset = 24; // RFC 8200 section 3

    /// <summary>The length that the header says; 0 when there is no header, or more than <paramref name="padded"/> holds.</summary>
    public static int LengthOf(ReadOnlySpan<byte> padded)
    {
        var length = VersionOf(padded) switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(padded[V4TotalLengthOffset..]),
            6 => V6HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(padded[V6PayloadLengthOffset..]),
            _ => 0,
        };
        return length <= padded.Length ? length : 0;
    }

    public static ReadOnlySpan<byte> SourceOf(ReadOnlySpan<byte> packet) =>
        VersionOf(packet) == 4 ? packet.Slice(V4SourceOffset, 4) : packet.Slice(V6SourceOffset, 16);

    /// <summary>Empty for what has no IP header.</summary>
    public static ReadOnlySpan<byte> DestinationOf(ReadOnlySpan<byte> packet) => VersionOf(packet) switch
    {
        4 => packet.Slice(V4DestinationOffset, 4),
        6 => packet.Slice(V6DestinationOffset, 16),
        _ => default,
    };

    private static int VersionOf(ReadOnlySpan<byte> packet) => packet.IsEmpty ? 0 : (packet[0] >> 4) switch
    {
        4 when packet.Length >= V4HeaderBytes => 4,
        6 when packet.Length >= V6HeaderBytes => 6,
        _ => 0,
    };
}
