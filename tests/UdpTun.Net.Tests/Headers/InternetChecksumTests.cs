using CsCheck;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Headers;

public sealed class InternetChecksumTests
{
    [Fact]
    public void Sum_should_equal_the_worked_example_of_RFC_1071()
    {
        Assert.Equal(0xDDF2, InternetChecksum.Sum([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]));
    }

    [Fact]
    public void Update_should_equal_the_worked_example_of_RFC_1624()
    {
        // Section 4: the older equation yields 0xFFFF here.
        Assert.Equal(0x0000, InternetChecksum.Update(0xDD2F, 0x5555, 0x3285));
    }

    [Theory]
    [InlineData(new byte[0], 0)]
    [InlineData(new byte[] { 0xAB }, 0xAB00)]
    [InlineData(new byte[] { 0xFF, 0xFF }, 0xFFFF)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0x00, 0x01 }, 0x0001)]
    [InlineData(new byte[] { 0, 0, 0, 0 }, 0)]
    public void Sum_should_handle_odd_lengths_and_both_zeros(byte[] bytes, int expected)
    {
        Assert.Equal(expected, InternetChecksum.Sum(bytes));
    }

    [Fact]
    public void Sum_should_equal_the_plain_twin_for_any_bytes_at_any_alignment() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 7]).Sample((bytes, skip) =>
        {
            var span = bytes.AsSpan(Math.Min(skip, bytes.Length));
            Assert.Equal(PlainChecksum.Sum(span), InternetChecksum.Sum(span));
        });

    [Fact]
    public void Sum_should_equal_the_plain_twin_for_the_longest_packet()
    {
        var bytes = new byte[65535];
        Array.Fill(bytes, (byte)0xFF);
        Assert.Equal(PlainChecksum.Sum(bytes), InternetChecksum.Sum(bytes));
    }

    [Fact]
    public void Update_should_equal_the_full_sum_when_a_word_changes() =>
        Gen.Select(Gen.Byte.Array[2, 40], Gen.Int[0, 19], Gen.OneOf(Gen.UShort, Gen.Const((ushort)0), Gen.Const((ushort)0xFFFF)))
            .Sample((bytes, word, after) =>
            {
                var even = bytes.Length & ~1;
                bytes = [0x45, 0x00, .. bytes[..even]]; // never all zeros, as no packet is
                var at = 2 + word * 2 % even;
                var checksum = InternetChecksum.Compute(bytes);
                var before = (ushort)((bytes[at] << 8) | bytes[at + 1]);
                (bytes[at], bytes[at + 1]) = ((byte)(after >> 8), (byte)after);
                Assert.Equal(InternetChecksum.Compute(bytes), InternetChecksum.Update(checksum, before, after));
            });

    [Fact]
    public void Update_should_equal_the_full_sum_when_an_address_changes() =>
        Gen.Bool.SelectMany(v4 => Gen.Select(PacketGen.Address(v4), PacketGen.Address(v4), PacketGen.Payload)).Sample((before, after, rest) =>
        {
            var size = before.IsV4 ? 4 : 16;
            byte[] bytes = [.. new byte[size], .. rest];
            before.WriteTo(bytes);
            var checksum = InternetChecksum.Compute(bytes);
            after.WriteTo(bytes);
            Assert.Equal(InternetChecksum.Compute(bytes), InternetChecksum.Update(checksum, before, after));
        });

    [Fact]
    public void Update_should_keep_the_error_of_a_wrong_checksum() =>
        Gen.Select(Gen.UShort, Gen.UShort, Gen.UShort, Gen.UShort[1, 0xFFFE]).Sample((word, after, other, error) =>
        {
            byte[] Bytes(ushort first) => [(byte)(first >> 8), (byte)first, (byte)(other >> 8), (byte)other, 0x45, 0];
            var wrong = InternetChecksum.Add(InternetChecksum.Compute(Bytes(word)), error);
            var right = InternetChecksum.Compute(Bytes(after));
            Assert.NotEqual(right % 0xFFFF, InternetChecksum.Update(wrong, word, after) % 0xFFFF);
        });

    [Fact]
    public void PseudoHeaderSum_should_equal_the_plain_twin_for_every_kind_of_packet() => PacketGen.Intact.Sample(packet =>
    {
        PacketParser.Parse(packet, out var key);
        var length = packet.Length - PlainChecksum.TransportAt(packet);
        var sum = InternetChecksum.PseudoHeaderSum(key.Source.Address, key.Destination.Address, key.Protocol, length);
        Assert.Equal(PlainChecksum.OfPseudoHeader(packet), sum);
    });
}
