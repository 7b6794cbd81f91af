using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Icmp;

public sealed class IcmpErrorMessageTests
{
    [Fact]
    public void Message_should_be_a_whole_icmp_error_with_the_packet_quoted()
    {
        var offending = PacketBuilder.Udp("10.61.0.2:5000", "192.168.1.1:80", "question"u8);
        var expected = PacketBuilder.Icmp(
            InetAddress.Parse("192.168.61.1"), InetAddress.Parse("10.61.0.2"), IcmpType.DestinationUnreachable, payload: offending);
        expected[4] = expected[5] = 0; // identification
        expected[21] = 13;
        expected[1] = 0xC0; // internetwork control

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
            Assert.InRange(Write(PacketBuilder.Udp(source, destination, new byte[length]), from).Length, 56, IcmpErrorMessage.MaxLength));

    [Theory]
    [InlineData(IcmpErrorKind.Prohibited, 3, 13, 1, 1)]
    [InlineData(IcmpErrorKind.PortUnreachable, 3, 3, 1, 4)]
    [InlineData(IcmpErrorKind.TimeExceeded, 11, 0, 3, 0)]
    public void Message_should_bear_the_type_and_code_of_its_kind(IcmpErrorKind kind, byte type4, byte code4, byte type6, byte code6)
    {
        var v4 = Write(PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"), "192.168.61.1", kind);
        var v6 = Write(PacketBuilder.Udp("[fd61::2]:5000", "[2001:db8::1]:53"), "fd61::1", kind);
        Assert.Equal((type4, code4, type6, code6), (v4[20], v4[21], v6[40], v6[41]));
        Assert.True(PlainChecksum.IsIntact(v4) && PlainChecksum.IsIntact(v6));
    }

    [Fact]
    public void Message_should_keep_the_type_of_service_without_ECN_and_have_the_precedence_of_control()
    {
        var offending = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53");
        offending[1] = 0x13; // minimise delay, ECN 3
        Assert.Equal(0xD0, Write(PacketBuilder.RefreshHeaderChecksum(offending), "192.168.61.1")[1]);
    }

    [Fact]
    public void Message_should_not_be_allowed_about_errors_and_later_fragments()
    {
        var packet = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", new byte[100]);
        var fragments = Fragmenter.Cut(packet, 40, 7);
        Assert.True(IcmpErrorMessage.IsAllowedAbout(packet));
        Assert.True(IcmpErrorMessage.IsAllowedAbout(fragments[0]));
        Assert.False(IcmpErrorMessage.IsAllowedAbout(fragments[1]));
        Assert.False(IcmpErrorMessage.IsAllowedAbout(Write(packet, "192.168.61.1")));
        Assert.False(IcmpErrorMessage.IsAllowedAbout(Write(PacketBuilder.Udp("[fd61::2]:5000", "[2001:db8::1]:53"), "fd61::1")));
    }

    [Fact]
    public void Message_should_allocate_nothing()
    {
        var (message, offending) = (new byte[IcmpErrorMessage.MaxLength], PacketBuilder.Udp("10.61.0.2:5000", "192.168.1.1:80"));
        var from = InetAddress.Parse("192.168.61.1");
        Assert.Equal(0, AllocationProbe.BytesOf(() => IcmpErrorMessage.Write(message, offending, from, IcmpErrorKind.Prohibited)));
    }

    private static byte[] Write(byte[] offending, string from, IcmpErrorKind kind = IcmpErrorKind.Prohibited)
    {
        var message = new byte[IcmpErrorMessage.MaxLength];
        return message[..IcmpErrorMessage.Write(message, offending, InetAddress.Parse(from), kind)];
    }
}
