using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.Tests.Sockets;

public class OuterPathTests
{
    [SkippableFact]
    public void Path_should_carry_what_its_device_or_its_route_says()
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            TestNamespace.Ip("link", "add", "far0", "type", "veth", "peer", "name", "far1");
            TestNamespace.Ip("link", "set", "far1", "up");
            TestNamespace.Ip("link", "set", "far0", "mtu", "1492", "up");
            TestNamespace.Ip("address", "add", "10.8.0.1/24", "dev", "far0");
            TestNamespace.Ip("address", "add", "fd08::1/64", "dev", "far0", "nodad");
            TestNamespace.Ip("route", "add", "192.0.2.0/24", "via", "10.8.0.2", "mtu", "1400");
            TestNamespace.Ip("route", "add", "default", "via", "10.8.0.2");

            Assert.Equal(1492, Mtu("10.8.0.2:9877"));
            Assert.Equal(1492, Mtu("[fd08::2]:9877"));
            Assert.Equal(1400, Mtu("192.0.2.1:9877"));
            Assert.Null(Mtu("[2001:db8::1]:9877"));
            Assert.Equal(1492, UplinkPath.Mtu(null));
            Assert.Equal(1492, UplinkPath.Mtu("far0"));
        });
    }

    [SkippableFact]
    public void Path_should_be_unknown_while_there_is_none()
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            Assert.Null(Mtu("192.0.2.1:9877"));
            Assert.Null(UplinkPath.Mtu(null));
        });
    }

    private static int? Mtu(string remote) =>
        OuterPath.MtuTo(InetEndpoint.TryParse(remote, out var endpoint) ? endpoint : throw new FormatException(remote));
}
