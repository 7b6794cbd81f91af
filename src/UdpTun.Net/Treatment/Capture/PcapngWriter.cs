using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace UdpTun.Net.Treatment.Capture;

/// <summary>
/// Writes blocks of a pcapng file (draft-ietf-opsawg-pcapng): one section, interfaces of raw IP packets, times in nanoseconds. Big-endian,
/// which the format leaves to the writer.
/// </summary>
/// <param name="output">Where whole blocks go.</param>
public sealed class PcapngWriter(IBufferWriter<byte> output)
{
    // Block types (section 4) and options (sections 3.5 and 4).
    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint InterfaceDescription = 1;
    private const uint InterfaceStatistics = 5;
    private const uint EnhancedPacket = 6;
    private const ushort Comment = 1;
    private const ushort UserApplication = 4; // shb_userappl
    private const ushort InterfaceName = 2; // if_name
    private const ushort InterfaceText = 3; // if_description
    private const ushort Resolution = 9; // if_tsresol
    private const ushort Flags = 2; // epb_flags
    private const ushort PacketNumber = 5; // epb_packetid
    private const ushort Received = 4; // isb_ifrecv
    private const ushort Missed = 5; // isb_ifdrop

    private const ushort RawIp = 101; // LINKTYPE_RAW: IPv4 or IPv6 by the first nibble
    private const int FrameBytes = 12; // type, and the length before and behind the body

    private int _length;

    public void WriteSection(string application)
    {
        var body = Begin(SectionHeader, 16 + OptionBytes(application) + 4);
        BinaryPrimitives.WriteUInt32BigEndian(body, 0x1A2B3C4D);
        BinaryPrimitives.WriteUInt16BigEndian(body[4..], 1);
        BinaryPrimitives.WriteUInt16BigEndian(body[6..], 0);
        BinaryPrimitives.WriteInt64BigEndian(body[8..], -1); // how long the section is, nobody knows yet
        body = WriteOption(body[16..], UserApplication, application);
        End(body, 4);
    }

    /// <summary>The interfaces are numbered from 0 in the order of these calls.</summary>
    public void WriteInterface(string name, string description)
    {
        var body = Begin(InterfaceDescription, 8 + OptionBytes(name) + OptionBytes(description) + 8 + 4);
        BinaryPrimitives.WriteUInt16BigEndian(body, RawIp);
        BinaryPrimitives.WriteUInt16BigEndian(body[2..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(body[4..], 0); // packets are never cut short
        body = WriteOption(body[8..], InterfaceName, name);
        body = WriteOption(body, InterfaceText, description);
        body = WriteOption(body, Resolution, [9]);
        End(body, 4);
    }

    /// <param name="side">The interface's number.</param>
    /// <param name="nanoseconds">Since 1970.</param>
    /// <param name="packet">From its IP header on.</param>
    /// <param name="comesIn">Whether it comes in by the interface, or else goes out.</param>
    /// <param name="number">Names the packet; its other view has the same.</param>
    /// <param name="comment">UTF-8; empty: none.</param>
    public void WritePacket(int side, long nanoseconds, ReadOnlySpan<byte> packet, bool comesIn, long number, ReadOnlySpan<byte> comment)
    {
        var body = Begin(EnhancedPacket,
            20 + Padded(packet.Length) + (comment.IsEmpty ? 0 : 4 + Padded(comment.Length)) + 8 + 12 + 4);
        BinaryPrimitives.WriteInt32BigEndian(body, side);
        WriteTime(body[4..], nanoseconds);
        BinaryPrimitives.WriteInt32BigEndian(body[12..], packet.Length);
        BinaryPrimitives.WriteInt32BigEndian(body[16..], packet.Length);
        packet.CopyTo(body[20..]);
        body[(20 + packet.Length)..(20 + Padded(packet.Length))].Clear();
        body = body[(20 + Padded(packet.Length))..];
        if (!comment.IsEmpty) body = WriteOption(body, Comment, comment);
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(value, comesIn ? 1 : 2);
        body = WriteOption(body, Flags, value[..4]);
        BinaryPrimitives.WriteInt64BigEndian(value, number);
        body = WriteOption(body, PacketNumber, value);
        End(body, 4);
    }

    /// <summary>What the interface has seen until now; the last one of a file counts.</summary>
    /// <param name="side">The interface's number.</param>
    /// <param name="nanoseconds">Since 1970.</param>
    /// <param name="received">Packets, the missed ones included.</param>
    /// <param name="missed">Packets that are not in the file for want of room.</param>
    public void WriteStatistics(int side, long nanoseconds, long received, long missed)
    {
        var body = Begin(InterfaceStatistics, 12 + 12 + 12 + 4);
        BinaryPrimitives.WriteInt32BigEndian(body, side);
        WriteTime(body[4..], nanoseconds);
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(value, received);
        body = WriteOption(body[12..], Received, value);
        BinaryPrimitives.WriteInt64BigEndian(value, missed);
        body = WriteOption(body, Missed, value);
        End(body, 4);
    }

    private Span<byte> Begin(uint type, int bodyBytes)
    {
        _length = FrameBytes + bodyBytes;
        var block = output.GetSpan(_length)[.._length];
        BinaryPrimitives.WriteUInt32BigEndian(block, type);
        BinaryPrimitives.WriteInt32BigEndian(block[4..], _length);
        BinaryPrimitives.WriteInt32BigEndian(block[^4..], _length);
        return block[8..^4];
    }

    /// <summary>What is left of the body is the end of its options.</summary>
    private void End(Span<byte> rest, int endOfOptions)
    {
        rest[..endOfOptions].Clear();
        output.Advance(_length);
    }

    private static void WriteTime(Span<byte> field, long nanoseconds)
    {
        BinaryPrimitives.WriteUInt32BigEndian(field, (uint)(nanoseconds >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(field[4..], (uint)nanoseconds);
    }

    private static int OptionBytes(string text) => 4 + Padded(Encoding.UTF8.GetByteCount(text));

    private static Span<byte> WriteOption(Span<byte> body, ushort code, string text) => WriteOption(body, code, Encoding.UTF8.GetBytes(text));

    private static Span<byte> WriteOption(Span<byte> body, ushort code, scoped ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(body, code);
        BinaryPrimitives.WriteUInt16BigEndian(body[2..], (ushort)value.Length);
        value.CopyTo(body[4..]);
        body[(4 + value.Length)..(4 + Padded(value.Length))].Clear();
        return body[(4 + Padded(value.Length))..];
    }

    private static int Padded(int length) => (length + 3) & ~3;
}
