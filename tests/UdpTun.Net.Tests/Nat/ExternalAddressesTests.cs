using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Net.Tests.Nat;

public sealed class ExternalAddressesTests
{
    private static readonly InetAddress Outer = InetAddress.Parse("192.168.61.123");
    private static readonly InetAddress External = InetAddress.Parse("198.51.100.61");
    private static readonly InetAddress Outer6 = InetAddress.Parse("fd61::123");
    private static readonly InetAddress External6 = InetAddress.Parse("2001:db8::61");

    [Fact]
    public void Pairs_should_lead_from_outer_to_external_and_back_in_each_family()
    {
        var addresses = new ExternalAddresses([(Outer, External), (Outer6, External6)]);

        Assert.True(addresses.TryGetExternal(Outer, out var external));
        Assert.Equal(External, external);
        Assert.True(addresses.TryGetOuter(External6, out var outer));
        Assert.Equal(Outer6, outer);
    }

    [Fact]
    public void Pairs_should_not_lead_the_wrong_way()
    {
        var addresses = new ExternalAddresses([(Outer, External)]);

        Assert.False(addresses.TryGetExternal(External, out _));
        Assert.False(addresses.TryGetOuter(Outer, out _));
        Assert.False(ExternalAddresses.None.TryGetExternal(Outer, out _));
    }

    [Fact]
    public void Routed_addresses_should_be_their_own_external_ones()
    {
        InetAddress[] pool = [InetAddress.Parse("203.0.113.10"), InetAddress.Parse("203.0.113.11"), External6];
        var addresses = ExternalAddresses.Routed(pool);

        foreach (var address in pool)
        {
            Assert.True(addresses.TryGetExternal(address, out var external));
            Assert.True(addresses.TryGetOuter(address, out var outer));
            Assert.Equal((address, address), (outer, external));
        }
    }

    [Theory]
    [InlineData("192.168.61.123", "2001:db8::61", "two families")]
    [InlineData("192.168.61.124", "198.51.100.61", "two pairs")]
    [InlineData("192.168.61.123", "198.51.100.62", "two pairs")]
    [InlineData("192.168.61.124", "198.51.100.62", "not alone")]
    [InlineData("198.51.100.62", "198.51.100.62", "not alone")]
    public void Pairs_should_be_refused_when_a_packet_could_not_be_turned_round_between_them(string outer, string external, string why)
    {
        (InetAddress, InetAddress)[] pairs = [(Outer, External), (InetAddress.Parse(outer), InetAddress.Parse(external))];

        Assert.Contains(why, Assert.Throws<ArgumentException>(() => new ExternalAddresses(pairs)).Message);
    }
}
