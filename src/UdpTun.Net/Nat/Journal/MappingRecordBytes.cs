using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Nat.Journal;

/// <summary>
/// Records of the mapping journal as bytes: length, checksum, kind, time, and what the kind has; some 45 bytes for IPv4. A record that a crash or
/// a full disk cut short fails its checksum and ends the file.
/// </summary>
public static class MappingRecordBytes
{
    private const int Header = 3; // length of what follows the checksum, checksum
    private const int TimeLength = 8;
    private const int Longest = byte.MaxValue;
    private const byte OuterIsV6 = 0x40;
    private const byte OtherIsV6 = 0x80;
    private const byte KindMask = 0x3F;

    /// <summary>Appends one record.</summary>
    public static void Write(IBufferWriter<byte> output, in MappingRecord record)
    {
        var bytes = output.GetSpan(Header + Longest)[..(Header + Longest)];
        var length = WriteBody(bytes[Header..], record);
        bytes[0] = (byte)length;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], InternetChecksum.Sum(bytes.Slice(Header, length)));
        output.Advance(Header + length);
    }

    /// <summary>Reads the first record.</summary>
    /// <param name="bytes">At the beginning of a record.</param>
    /// <param name="wanted">The outer endpoint of which everything is read; null: any. Of others the rest is left out, which is faster.</param>
    /// <param name="record">The record.</param>
    /// <param name="length">Bytes that it takes.</param>
    /// <returns>False when the bytes end before the record does, or are none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, InetEndpoint? wanted, out MappingRecord record, out int length)
    {
        (record, length) = (default, 0);
        if (bytes.Length < Header || bytes.Length < Header + bytes[0]) return false;
        var body = bytes.Slice(Header, bytes[0]);
        if (body.Length <= TimeLength || InternetChecksum.Sum(body) != BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])) return false;
        length = Header + body.Length;
        try
        {
            record = ReadBody(body, wanted);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
        {
            return false; // intact, and yet no record: of another program
        }
    }

    private static int WriteBody(Span<byte> bytes, in MappingRecord record)
    {
        var other = record.Kind == MappingRecordKind.Contacted ? record.Remote : record.Inner;
        bytes[0] = (byte)((byte)record.Kind | (record.Outer.Address.IsV4 ? 0 : OuterIsV6) | (other.Address.IsV4 ? 0 : OtherIsV6));
        var at = 1 + WriteTime(bytes[1..], record.At);
        if (record.Kind == MappingRecordKind.Lost)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes[at..], record.Missing);
            return at + sizeof(long);
        }

        if (IsOfNoMapping(record.Kind)) return at;
        bytes[at++] = (byte)record.Protocol;
        at += WriteEndpoint(bytes[at..], record.Outer);
        at += WriteEndpoint(bytes[at..], other);
        if (record.Kind == MappingRecordKind.Contacted) return at;
        if (record.Kind == MappingRecordKind.Closed) at += WriteTime(bytes[at..], record.OpenedAt);
        // Whole letters only, where a name is too long.
        Encoding.UTF8.GetEncoder().Convert(record.Client, bytes[at..Longest], flush: true, out _, out var written, out _);
        return at + written;
    }

    private static MappingRecord ReadBody(ReadOnlySpan<byte> bytes, InetEndpoint? wanted)
    {
        var record = new MappingRecord((MappingRecordKind)(bytes[0] & KindMask), ReadTime(bytes[1..]));
        var at = 1 + TimeLength;
        if (IsOfNoMapping(record.Kind)) return record;
        if (record.Kind == MappingRecordKind.Lost) return record with { Missing = BinaryPrimitives.ReadInt64BigEndian(bytes[at..]) };
        var protocol = (IpProtocol)bytes[at++];
        var outer = ReadEndpoint(bytes, (bytes[0] & OuterIsV6) == 0, ref at);
        record = record with { Protocol = protocol, Outer = outer };
        if (wanted is { } only && only != outer) return record;
        var other = ReadEndpoint(bytes, (bytes[0] & OtherIsV6) == 0, ref at);
        if (record.Kind == MappingRecordKind.Contacted) return record with { Remote = other };
        if (record.Kind == MappingRecordKind.Closed)
        {
            record = record with { OpenedAt = ReadTime(bytes[at..]) };
            at += TimeLength;
        }

        return record with { Inner = other, Client = Encoding.UTF8.GetString(bytes[at..]) };
    }

    private static bool IsOfNoMapping(MappingRecordKind kind) =>
        kind is MappingRecordKind.FileStarted or MappingRecordKind.RunStarted or MappingRecordKind.RunEnded;

    private static int WriteTime(Span<byte> bytes, DateTimeOffset time)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, time.ToUnixTimeMilliseconds());
        return TimeLength;
    }

    private static DateTimeOffset ReadTime(ReadOnlySpan<byte> bytes) =>
        DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes));

    private static int WriteEndpoint(Span<byte> bytes, InetEndpoint endpoint)
    {
        var length = endpoint.Address.IsV4 ? 4 : 16;
        endpoint.Address.WriteTo(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[length..], endpoint.Port);
        return length + sizeof(ushort);
    }

    private static InetEndpoint ReadEndpoint(ReadOnlySpan<byte> bytes, bool isV4, ref int at)
    {
        var address = InetAddress.FromBytes(bytes.Slice(at, isV4 ? 4 : 16));
        at += isV4 ? 4 : 16;
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        at += sizeof(ushort);
        return new InetEndpoint(address, port);
    }
}
