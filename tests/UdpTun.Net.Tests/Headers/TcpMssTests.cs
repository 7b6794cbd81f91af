using System.Buffers.Binary;
using CsCheck;
using UdpTun.Net.Headers;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Headers;

public sealed class TcpMssTests
{
    /// <summary>No-operation, SACK permitted, window scale, timestamps.</summary>
    private static readonly byte[][] Others = [[1], [4, 2], [3, 3, 7], [8, 10, 0, 0, 0, 1, 0, 0, 0, 2]];

    private const int DataOffset = 12, Checksum = 16, HeaderLength = 20;

    [Theory]
    [InlineData(1460, 1380, true)]
    [InlineData(1381, 1380, true)]
    [InlineData(1380, 1380, false)]
    [InlineData(536, 1380, false)]
    public void Clamp_should_lower_only_what_is_higher(ushort announced, int highest, bool lowered)
    {
        var tcp = Tcp([2, 4, (byte)(announced >> 8), (byte)announced], []);
        Assert.Equal(lowered, TcpMss.Clamp(tcp, highest, checksumPending: false));
        Assert.Equal(Math.Min(announced, highest), BinaryPrimitives.ReadUInt16BigEndian(tcp.AsSpan(HeaderLength + 2)));
        Assert.Equal(PlainSum(tcp), BinaryPrimitives.ReadUInt16BigEndian(tcp.AsSpan(Checksum)));
    }

    [Fact]
    public void Clamp_should_find_the_option_behind_others_and_at_odd_offsets() => Gen.Select(
        Gen.Int[0, Others.Length - 1].Select(which => Others[which]).Array[0, 3], Gen.UShort[1381, 65535], Gen.Byte.Array[0, 40])
        .Sample((before, announced, payload) =>
        {
            byte[] options = [.. before.SelectMany(option => option), 2, 4, (byte)(announced >> 8), (byte)announced];
            if (options.Length > 40) return true;
            var tcp = Tcp(options, payload);
            return TcpMss.Clamp(tcp, 1380, checksumPending: false)
                && BinaryPrimitives.ReadUInt16BigEndian(tcp.AsSpan(HeaderLength + options.Length - 2)) == 1380
                && BinaryPrimitives.ReadUInt16BigEndian(tcp.AsSpan(Checksum)) == PlainSum(tcp);
        });

    [Fact]
    public void Clamp_should_leave_a_pending_checksum_alone()
    {
        var tcp = Tcp([2, 4, 0x05, 0xB4], []);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(Checksum), 0x1234);
        Assert.True(TcpMss.Clamp(tcp, 1380, checksumPending: true));
        Assert.Equal(0x1234, BinaryPrimitives.ReadUInt16BigEndian(tcp.AsSpan(Checksum)));
    }

    [Theory]
    [InlineData(new byte[] { 2, 3, 5, 0xB4 })]
    [InlineData(new byte[] { 2, 0, 5, 0xB4 })]
    [InlineData(new byte[] { 2, 40, 5, 0xB4 })]
    [InlineData(new byte[] { 0, 2, 4, 0xFF })]
    [InlineData(new byte[] { 1, 1, 1, 2 })]
    public void Clamp_should_leave_damaged_or_ended_options_alone(byte[] options)
    {
        var tcp = Tcp(options, [4, 5, 0xB4]);
        var before = tcp.ToArray();
        Assert.False(TcpMss.Clamp(tcp, 1, checksumPending: false));
        Assert.Equal(before, tcp);
    }

    [Fact]
    public void Clamp_should_never_throw_whatever_the_bytes() =>
        Gen.Byte.Array[0, 80].Sample(bytes => { TcpMss.Clamp(bytes, 1380, checksumPending: false); });

    [Fact]
    public void Clamp_should_allocate_nothing()
    {
        var tcp = Tcp([1, 2, 4, 0x05, 0xB4], []);
        Assert.Equal(0, AllocationProbe.BytesOf(() => TcpMss.Clamp(tcp, 1380, checksumPending: false)));
    }

    /// <summary>
    /// A header with these options, padded to words, its checksum over itself alone: the pseudo-header would change nothing here.
    /// </summary>
    private static byte[] Tcp(byte[] options, byte[] payload)
    {
        var headerLength = HeaderLength + (options.Length + 3) / 4 * 4;
        var tcp = new byte[headerLength + payload.Length];
        options.CopyTo(tcp, HeaderLength);
        payload.CopyTo(tcp, headerLength);
        tcp[DataOffset] = (byte)(headerLength / 4 << 4);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(Checksum), PlainSum(tcp));
        return tcp;
    }

    private static ushort PlainSum(byte[] tcp)
    {
        var copy = tcp.ToArray();
        copy.AsSpan(Checksum, 2).Clear();
        return (ushort)~PlainChecksum.Sum(copy);
    }
}
