using UdpTun.Actors.Lessons;
using UdpTun.Net.Headers;
using UdpTun.Testing.Fuzzing;
using UdpTun.Testing.Packets;
using Xunit.Abstractions;

namespace UdpTun.Actors.Tests.Lessons;

public sealed class PacketDescriptionTests(ITestOutputHelper output)
{
    public static TheoryData<byte[], string> Packets => new()
    {
        { PacketBuilder.Udp("10.0.0.1:5000", "203.0.113.1:53", "hello"u8), "UDP    10.0.0.1:5000 > 203.0.113.1:53 ttl 64 length 33" },
        { PacketBuilder.Udp("[fd00::1]:5000", "[2001:db8::1]:53"), "UDP    [fd00::1]:5000 > [2001:db8::1]:53 ttl 64 length 48" },
        { PacketBuilder.EchoReply("203.0.113.1", "10.0.0.1", 9), "ICMP   203.0.113.1 > 10.0.0.1 echo reply id 9 seq 1 ttl 64 length 28" },
        { PacketBuilder.EchoRequest("fd00::1", "2001:db8::1", 9), "ICMPv6 fd00::1 > 2001:db8::1 echo request code 0 ttl 64 length 48" },
        { [], "not IP (version 0), 0 bytes" },
        { [0x99, 1, 2], "not IP (version 9), 3 bytes" },
        { Ospf(version: 9), "damaged packet, 44 bytes: " },
    };

    [Theory]
    [MemberData(nameof(Packets))]
    public void Description_should_name_what_people_look_for(byte[] packet, string expected) =>
        Assert.StartsWith(expected, PacketDescription.Of(packet));

    [Fact]
    public void Description_should_name_the_flags_of_tcp() => Assert.Contains(
        "TCP    10.0.0.1:5000 > 203.0.113.1:80 [SYN ACK] seq ",
        PacketDescription.Of(PacketBuilder.Tcp("10.0.0.1:5000", "203.0.113.1:80", TcpFlags.Syn | TcpFlags.Ack)), StringComparison.Ordinal);

    [Fact]
    public void Description_should_never_be_empty_whatever_the_packet() =>
        new Fuzzer(output.WriteLine).Packets(packet => Assert.NotEmpty(PacketDescription.Of(packet)));

    private static byte[] Ospf(byte version)
    {
        byte[] body = [version, 1, 0, 24, .. new byte[20]];
        var packet = PacketBuilder.Udp("10.0.0.1:0", "224.0.0.5:0", new byte[body.Length - 8]);
        packet[9] = 89;
        body.CopyTo(packet, 20);
        return packet;
    }
}
