using System.Buffers.Binary;

namespace UdpTun.Testing.Packets;

/// <summary>Cuts packets without options or extension headers into fragments, and puts fragments together, the plain way.</summary>
public static class Fragmenter
{
    private const byte FragmentHeader = 44;

    /// <summary>The fragments of a packet, each with <paramref name="size"/> bytes of data (a multiple of 8) but the last.</summary>
    public static byte[][] Cut(byte[] packet, int size, uint identification)
    {
        var data = packet[PlainChecksum.TransportAt(packet)..];
        return [.. Enumerable.Range(0, (data.Length + size - 1) / size).Select(i =>
        {
            var end = Math.Min((i + 1) * size, data.Length);
            return Piece(packet, data[(i * size)..end], i * size, end < data.Length, identification);
        })];
    }

    /// <summary>One fragment with any data at any offset, after the header of <paramref name="packet"/>.</summary>
    public static byte[] Piece(byte[] packet, byte[] data, int offset, bool more, uint identification) =>
        packet[0] >> 4 == 4 ? PieceV4(packet, data, offset, more, identification) : PieceV6(packet, data, offset, more, identification);

    /// <summary>The packet that the fragments, in any order, make up. What tells a fragment from a packet is cleared.</summary>
    /// <exception cref="InvalidDataException">A gap, an overlap, or fragments of several packets.</exception>
    public static byte[] Join(IEnumerable<byte[]> fragments)
    {
        var pieces = fragments.Select(Read).OrderBy(piece => piece.Offset).ToArray();
        if (pieces.Select(piece => piece.Identification).Distinct().Count() != 1) throw new InvalidDataException("several packets");
        var end = 0;
        foreach (var piece in pieces)
        {
            if (piece.Offset != end) throw new InvalidDataException($"data from {end} to {piece.Offset} are missing or there twice");
            end += piece.Data.Length;
        }

        if (pieces[^1].More || pieces[..^1].Any(piece => !piece.More)) throw new InvalidDataException("the last fragment is missing");
        byte[] packet = [.. pieces[0].Header, .. pieces.SelectMany(piece => piece.Data)];
        if (packet[0] >> 4 == 6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - 40));
            return packet;
        }

        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet.AsSpan(4, 4).Clear();
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }

    private static byte[] PieceV4(byte[] packet, byte[] data, int offset, bool more, uint identification)
    {
        byte[] piece = [.. packet[..20], .. data];
        BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(2), (ushort)piece.Length);
        BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(4), (ushort)identification);
        BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(6), (ushort)((more ? 0x2000 : 0) | (offset / 8)));
        return PacketBuilder.RefreshHeaderChecksum(piece);
    }

    private static byte[] PieceV6(byte[] packet, byte[] data, int offset, bool more, uint identification)
    {
        byte[] piece = [.. packet[..40], packet[6], 0, 0, 0, 0, 0, 0, 0, .. data];
        piece[6] = FragmentHeader;
        BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(4), (ushort)(piece.Length - 40));
        BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(42), (ushort)(offset | (more ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(piece.AsSpan(44), identification);
        return piece;
    }

    private static (byte[] Header, byte[] Data, int Offset, bool More, uint Identification) Read(byte[] fragment)
    {
        if (fragment[0] >> 4 == 4)
        {
            var field = BinaryPrimitives.ReadUInt16BigEndian(fragment.AsSpan(6));
            return (fragment[..20], fragment[20..], (field & 0x1FFF) * 8, (field & 0x2000) != 0, BinaryPrimitives.ReadUInt16BigEndian(fragment.AsSpan(4)));
        }

        var place = BinaryPrimitives.ReadUInt16BigEndian(fragment.AsSpan(42));
        var header = fragment[..40];
        header[6] = fragment[40];
        return (header, fragment[48..], place & 0xFFF8, (place & 1) != 0, BinaryPrimitives.ReadUInt32BigEndian(fragment.AsSpan(44)));
    }
}
