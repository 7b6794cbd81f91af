using CsCheck;
using UdpTun.Net.Stun;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Stun;

public sealed class StunMessageTests
{
    // RFC 5769 sections 2.2 and 2.3: the transaction identifier and the mapped address of the sample responses.
    private static readonly byte[] Id = Convert.FromHexString("b7e7a701bc34d686fa87dfae");

    private static byte[] Response(string attributes) =>
        Convert.FromHexString($"0101{attributes.Length / 2:x4}2112a442b7e7a701bc34d686fa87dfae{attributes}");

    [Theory]
    [InlineData("0020000c0001a147e112a643", null)] // longer than the message
    [InlineData("802200087465737420766563" + "002000080001a147e112a643", "192.0.2.1:32853")]
    [InlineData("002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9", "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    [InlineData("000100080001d431c0000202", "192.0.2.2:54321")]
    public void Mapped_address_should_be_read(string attributes, string? mapped)
    {
        var isRead = StunMessage.TryReadResponse(Response(attributes), Id, out var seen, out var other);
        Assert.Equal(mapped is not null, isRead);
        if (mapped is not null) Assert.Equal(PacketBuilder.Endpoint(mapped), seen);
        Assert.Null(other);
    }

    [Fact]
    public void Other_address_should_be_read()
    {
        Assert.True(StunMessage.TryReadResponse(Response("002000080001a147e112a643" + "802c000800010d97c6336402"), Id, out _, out var other));
        Assert.Equal(PacketBuilder.Endpoint("198.51.100.2:3479"), other);
    }

    [Fact]
    public void Answer_to_another_request_should_not_be_taken() =>
        Assert.False(StunMessage.TryReadResponse(Response("002000080001a147e112a643"), new byte[12], out _, out _));

    [Fact]
    public void Request_should_be_of_the_standards_form()
    {
        Assert.Equal("000100002112a442b7e7a701bc34d686fa87dfae", Convert.ToHexStringLower(StunMessage.Request(Id)));
        Assert.Equal("000100082112a442b7e7a701bc34d686fa87dfae0003000400000006",
            Convert.ToHexStringLower(StunMessage.Request(Id, changeAddress: true, changePort: true)));
        Assert.EndsWith("00000002", Convert.ToHexStringLower(StunMessage.Request(Id, changePort: true)));
    }

    [Fact]
    public void No_bytes_should_make_it_throw()
    {
        var good = Response("002000080001a147e112a643" + "802c000800010d97c6336402");
        Gen.Select(Gen.Int[0, good.Length], Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Array[0, 6]).Sample((length, changes) =>
        {
            var bytes = good.ToArray();
            foreach (var (at, value) in changes) bytes[at] = value;
            StunMessage.TryReadResponse(bytes.AsSpan(0, length), Id, out _, out _);
        });
    }
}
