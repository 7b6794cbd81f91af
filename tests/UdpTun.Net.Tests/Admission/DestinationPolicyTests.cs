using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Memory;

namespace UdpTun.Net.Tests.Admission;

public sealed class DestinationPolicyTests
{
    private static readonly InetAddress[] Own = [InetAddress.Parse("192.168.61.1"), InetAddress.Parse("198.51.100.7"), InetAddress.Parse("2001:db8:5::7")];

    private static DropReason Check(string destination, params string[] allowed) =>
        new DestinationPolicy([.. allowed.Select(InetPrefix.Parse)], Own)
            .Check(new FlowKey(IpProtocol.Udp, default, new InetEndpoint(InetAddress.Parse(destination), 53)));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("169.254.169.254")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("198.51.100.7")]
    [InlineData("::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("2001:db8:5::7")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("64:ff9b::198.51.100.7")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2002:a00:1::1")]
    [InlineData("::ffff:0:10.0.0.1")]
    [InlineData("2001:0:cb00:7101::3f57:fffe")] // 192.168.0.1, inverted
    [InlineData("5f00::1")]
    public void Destination_should_be_closed(string destination) => Assert.Equal(DropReason.ForbiddenDestination, Check(destination));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("192.0.2.1")]
    [InlineData("198.51.100.8")]
    [InlineData("203.0.113.1")]
    [InlineData("2001:db8::1")]
    [InlineData("2606:4700::1")]
    [InlineData("64:ff9b::203.0.113.1")]
    [InlineData("2002:cb00:7101::1")]
    [InlineData("2001:0:cb00:7101::c0a8:1")] // 63.87.255.254, inverted
    [InlineData("2001:1::1")]
    public void Public_and_documentation_ranges_should_pass(string destination) => Assert.Equal(DropReason.None, Check(destination));

    [Theory]
    [InlineData("10.1.2.3", "10.0.0.0/8")]
    [InlineData("169.254.169.254", "169.254.169.254")]
    [InlineData("192.168.61.1", "192.168.0.0/16")]
    [InlineData("198.51.100.7", "198.51.100.7/32")]
    [InlineData("fd00::1", "fc00::/7")]
    [InlineData("127.0.0.1", "0.0.0.0/0")]
    public void Allowed_range_should_open_whatever_it_holds(string destination, string allowed) =>
        Assert.Equal(DropReason.None, Check(destination, "203.0.113.0/24", allowed));

    [Theory]
    [InlineData("10.1.2.3", "10.2.0.0/16")]
    [InlineData("fd00::1", "0.0.0.0/0")]
    [InlineData("10.1.2.3", "::/0")]
    public void Allowed_range_should_open_nothing_else(string destination, string allowed) =>
        Assert.Equal(DropReason.ForbiddenDestination, Check(destination, allowed));

    [Fact]
    public void Check_should_allocate_nothing()
    {
        var policy = new DestinationPolicy([InetPrefix.Parse("10.0.0.0/8")], Own);
        var key = new FlowKey(IpProtocol.Udp, default, new InetEndpoint(InetAddress.Parse("64:ff9b::192.168.0.1"), 53));
        Assert.Equal(0, AllocationProbe.BytesOf(() => policy.Check(key)));
    }
}
