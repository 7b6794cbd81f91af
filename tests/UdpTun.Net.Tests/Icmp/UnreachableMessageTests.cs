using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Icmp;

public sealed class UnreachableMessageTests
{
    [Fact]
    public void Message_should_be_a_whole_icmp_error_with_the_packet_quoted()
    {
        var offending = PacketBuilder.Udp("10.61.0.2:5000", "192.168.1.1:80", "question"u8);
        var expected = PacketBuilder.Icmp(
            InetAddress.Parse("192.168.61.1"), InetAddress.Parse("10.61.0.2"), IcmpType.DestinationUnreachable, payload: offending);
        expected[4] = expected[5] = 0; // identification
        expected[21] = 13;

        Assert.Equal(PacketBuilder.Finish(expected), Write(offending, "192.168.61.1"));
    }

    [Fact]
    public void Message_should_be_an_icmpv6_error_for_an_ipv6_packet()
    {
        var offending = PacketBuilder.Udp("[fd61::2]:5000", "[2001:db8::1]:80", "question"u8);
        var expected = PacketBuilder.Icmp(
            InetAddress.Parse("fd61::1"), InetAddress.Parse("fd61::2"), IcmpType.DestinationUnreachableV6, payload: offending);
        expected[41] = 1;

        Assert.Equal(PacketBuilder.Finish(expected), Write(offending, "fd61::1"));
    }

    [Theory]
    [InlineData("10.61.0.2:5000", "192.168.1.1:80", "192.168.61.1")]
    [InlineData("[fd61::2]:5000", "[2001:db8::1]:80", "fd61::1")]
    public void Message_should_stay_within_its_bound_whatever_the_packet(string source, string destination, string from) =>
        Assert.All(Enumerable.Range(0, 1400), length =>
            Assert.InRange(Write(PacketBuilder.Udp(source, destination, new byte[length]), from).Length, 56, UnreachableMessage.MaxLength));

    [Fact]
    public void Message_should_allocate_nothing()
    {
        var (message, offending) = (new byte[UnreachableMessage.MaxLength], PacketBuilder.Udp("10.61.0.2:5000", "192.168.1.1:80"));
        var from = InetAddress.Parse("192.168.61.1");
        Assert.Equal(0, AllocationProbe.BytesOf(() => UnreachableMessage.Write(message, offending, from)));
    }

    private static byte[] Write(byte[] offending, string from)
    {
        var message = new byte[UnreachableMessage.MaxLength];
        return message[..UnreachableMessage.Write(message, offending, InetAddress.Parse(from))];
    }
}
