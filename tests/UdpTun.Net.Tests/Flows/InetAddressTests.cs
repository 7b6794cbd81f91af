using CsCheck;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Tests.Flows;

public sealed class InetAddressTests
{
    [Theory]
    [InlineData("203.0.113.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("::", false)]
    [InlineData("2001:db8::1", false)]
    public void Text_should_survive_a_round(string text, bool v4)
    {
        var address = InetAddress.Parse(text);
        Assert.Equal((text, v4), (address.ToString(), address.IsV4));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.1")]
    [InlineData("1")]
    [InlineData("256.0.0.1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("host.example")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    public void Text_that_is_no_address_should_be_refused(string text) => Assert.False(InetAddress.TryParse(text, out _));

    [Fact]
    public void Bytes_should_survive_a_round() => Gen.Bool.SelectMany(PacketGen.Address).Sample(address =>
    {
        var bytes = new byte[address.IsV4 ? 4 : 16];
        address.WriteTo(bytes);
        Assert.Equal(address, InetAddress.FromBytes(bytes));
        Assert.Equal(address, InetAddress.From(address.ToIPAddress()));
    });

    [Fact]
    public void SharesPrefix_should_equal_a_comparison_bit_by_bit() =>
        Gen.Select(Gen.Byte.Array[16], Gen.Int[0, 127], Gen.Int[0, 128]).Sample((bytes, flipped, bits) =>
        {
            var address = InetAddress.FromBytes(bytes);
            bytes[flipped / 8] ^= (byte)(0x80 >> (flipped % 8));
            Assert.Equal(flipped >= bits, address.SharesPrefix(InetAddress.FromBytes(bytes), bits));
        });

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("0.0.0.0/0", "203.0.113.1", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "203.0.113.1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("203.0.113.1", "203.0.113.1", true)]
    [InlineData("fd00::/8", "fdff::1", true)]
    public void Prefix_should_hold_its_family_s_addresses_alone(string prefix, string address, bool expected) =>
        Assert.Equal(expected, InetPrefix.Parse(prefix).Contains(InetAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("::/129")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("/8")]
    public void Prefix_that_is_none_should_be_refused(string text) => Assert.False(InetPrefix.TryParse(text, out _));

    [Theory]
    [InlineData("203.0.113.1:53", true)]
    [InlineData("[2001:db8::1]:53", true)]
    [InlineData("2001:db8::1:53", false)]
    [InlineData("203.0.113.1", false)]
    [InlineData("203.0.113.1:65536", false)]
    [InlineData("[203.0.113.1:5", false)]
    public void Endpoint_should_be_read_as_written(string text, bool valid)
    {
        Assert.Equal(valid, InetEndpoint.TryParse(text, out var endpoint));
        if (valid) Assert.Equal(text, endpoint.ToString());
    }
}
