using System.Buffers;
using CsCheck;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Net.Tests.Nat.Journal;

public sealed class MappingRecordBytesTests
{
    private static readonly Gen<InetEndpoint> Endpoints = Gen.Select(
        Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]), Gen.UShort, (address, port) => new InetEndpoint(InetAddress.FromBytes(address), port));

    private static readonly Gen<DateTimeOffset> Times =
        Gen.Long[0, 4_102_444_800_000].Select(DateTimeOffset.FromUnixTimeMilliseconds); // to the year 2100

    private static readonly Gen<MappingRecord> Records =
        from kind in Gen.Enum<MappingRecordKind>().Where(kind => kind != MappingRecordKind.None)
        from at in Times
        from openedAt in Times
        from outer in Endpoints
        from other in Endpoints
        from client in Gen.String[Gen.Char['!', '~'], 0, 150]
        from missing in Gen.Long[1, long.MaxValue]
        select Record(kind, at, openedAt, outer, other, client, missing);

    private static MappingRecord Record(
        MappingRecordKind kind, DateTimeOffset at, DateTimeOffset openedAt, InetEndpoint outer, InetEndpoint other, string client, long missing)
    {
        var record = new MappingRecord(kind, at);
        if (kind == MappingRecordKind.Lost) return record with { Missing = missing };
        if (kind is MappingRecordKind.FileStarted or MappingRecordKind.RunStarted or MappingRecordKind.RunEnded) return record;
        record = record with { Protocol = IpProtocol.Udp, Outer = outer };
        if (kind == MappingRecordKind.Contacted) return record with { Remote = other };
        record = record with { Inner = other, Client = client };
        return kind == MappingRecordKind.Closed ? record with { OpenedAt = openedAt } : record;
    }

    private static byte[] Write(params IReadOnlyList<MappingRecord> records)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var record in records) MappingRecordBytes.Write(bytes, record);
        return bytes.WrittenSpan.ToArray();
    }

    [Fact]
    public void Records_should_come_back_as_they_were_written() => Records.Array[1, 20].Sample(records =>
    {
        var bytes = Write(records).AsSpan();
        foreach (var expected in records)
        {
            Assert.True(MappingRecordBytes.TryRead(bytes, null, out var record, out var length));
            Assert.Equal(expected, record);
            bytes = bytes[length..];
        }

        Assert.False(MappingRecordBytes.TryRead(bytes, null, out _, out _));
    });

    [Fact]
    public void Record_should_be_none_when_it_is_cut_or_changed() => Gen.Select(Records, Gen.Int[0, 300], Gen.Int[0, 7]).Sample((expected, at, bit) =>
    {
        var bytes = Write(expected);
        Assert.False(MappingRecordBytes.TryRead(bytes.AsSpan(0, at % bytes.Length), null, out _, out _));
        bytes[at % bytes.Length] ^= (byte)(1 << bit);
        Assert.False(MappingRecordBytes.TryRead(bytes, null, out var record, out _) && record == expected);
    });

    [Fact]
    public void No_bytes_should_make_the_reader_throw() =>
        Gen.Byte.Array[0, 300].Sample(bytes => { MappingRecordBytes.TryRead(bytes, null, out _, out _); });

    [Fact]
    public void Zeros_should_be_no_record() => Assert.False(MappingRecordBytes.TryRead(new byte[300], null, out _, out _));

    [Fact]
    public void Name_should_be_cut_when_it_is_too_long()
    {
        var record = Record(MappingRecordKind.Closed, default, default, new(InetAddress.Parse("2001:db8::1"), 1), new(InetAddress.Parse("fd61::2"), 2),
            new string('é', 200), 0);
        Assert.True(MappingRecordBytes.TryRead(Write(record), null, out var read, out _));
        Assert.StartsWith("ééé", read.Client);
        Assert.DoesNotContain('\uFFFD', read.Client!);
        Assert.InRange(read.Client!.Length, 90, 128);
    }

    [Fact]
    public void Others_than_the_wanted_one_should_be_read_only_so_far()
    {
        var outer = new InetEndpoint(InetAddress.Parse("203.0.113.5"), 4711);
        var record = Record(MappingRecordKind.Opened, default, default, outer, outer, "name", 0);
        Assert.True(MappingRecordBytes.TryRead(Write(record), outer with { Port = 1 }, out var other, out _));
        Assert.Equal((outer, null), (other.Outer, other.Client));
        Assert.True(MappingRecordBytes.TryRead(Write(record), outer, out var own, out _));
        Assert.Equal("name", own.Client);
    }

    [Fact]
    public void Mapping_should_take_some_hundred_bytes()
    {
        var (outer, inner) = (new InetEndpoint(InetAddress.Parse("203.0.113.5"), 4711), new InetEndpoint(InetAddress.Parse("10.61.0.2"), 5000));
        var both = new[] { MappingRecordKind.Opened, MappingRecordKind.Closed }
            .Select(kind => Record(kind, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, outer, inner, "198.51.100.7:51820", 0)).ToList();
        Assert.Equal(94, Write(both).Length);
    }
}
