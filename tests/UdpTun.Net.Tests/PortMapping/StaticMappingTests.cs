using UdpTun.Net.Flows;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.PortMapping;

public sealed class StaticMappingTests
{
    [Theory]
    [InlineData("tcp 20080 -> 10.61.0.2:80", IpProtocol.Tcp, 20080, "10.61.0.2:80", null)]
    [InlineData("udp  20053  ->  [fd61::2]:53", IpProtocol.Udp, 20053, "[fd61::2]:53", null)]
    [InlineData("udp 20053 -> 10.61.0.2:53 @ 172.16.0.7", IpProtocol.Udp, 20053, "10.61.0.2:53", "172.16.0.7")]
    public void Entry_should_be_read(string text, IpProtocol protocol, int port, string inner, string? client) => Assert.Equal(
        new StaticMapping(protocol, (ushort)port, PacketBuilder.Endpoint(inner), client is null ? null : InetAddress.Parse(client)),
        StaticMapping.Parse(text));

    [Theory]
    [InlineData("tcp 20080 -> 10.61.0.2:80")]
    [InlineData("udp 20053 -> [fd61::2]:53 @ fd77::1")]
    public void Entry_should_be_told_as_it_is_written(string text) => Assert.Equal(text, StaticMapping.Parse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("20080 -> 10.61.0.2:80")]
    [InlineData("TCP 20080 -> 10.61.0.2:80")]
    [InlineData("icmp 20080 -> 10.61.0.2:80")]
    [InlineData("tcp 0 -> 10.61.0.2:80")]
    [InlineData("tcp +20080 -> 10.61.0.2:80")]
    [InlineData("tcp 65536 -> 10.61.0.2:80")]
    [InlineData("tcp 20080 => 10.61.0.2:80")]
    [InlineData("tcp 20080 -> 10.61.0.2")]
    [InlineData("tcp 20080 -> 10.61.0.2:0")]
    [InlineData("tcp 20080 -> 10.61.0.2:80 @")]
    [InlineData("tcp 20080 -> 10.61.0.2:80 @ somewhere")]
    [InlineData("tcp 20080 -> 10.61.0.2:80 from 172.16.0.7")]
    [InlineData("tcp 20080 -> 10.61.0.2:80 @ 172.16.0.7 now")]
    public void Anything_else_should_be_refused(string text) => Assert.Null(StaticMapping.Parse(text));
}
