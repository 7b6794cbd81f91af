using UdpTun.Linux.Sockets;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.Sockets;

public class UdpSocketFactoryTests
{
    private static readonly InetAddress Loopback = InetAddress.Parse("127.0.0.1");

    [Fact]
    public void Open_should_tell_the_port_that_the_kernel_chose()
    {
        using var socket = Open(new InetEndpoint(Loopback, 0));

        Assert.Equal(Loopback, socket.LocalEndpoint.Address);
        Assert.NotEqual(0, socket.LocalEndpoint.Port);
        Assert.Equal($"udp {socket.LocalEndpoint}", socket.Name);
    }

    [Fact]
    public void Open_should_name_the_remedy_when_the_port_is_taken()
    {
        using var holder = Open(new InetEndpoint(Loopback, 0));

        var failure = Assert.Throws<DeviceUnavailableException>(() => Open(holder.LocalEndpoint));

        Assert.Equal(
            $"bind {holder.LocalEndpoint}: EADDRINUSE (another program, perhaps another udptun, has the port: ss -ulpn shows which; "
            + "choose another with udptun.server.listen)",
            failure.Message);
        Assert.Equal(DeviceFault.Other, failure.Fault);
    }

    [Fact]
    public void Open_should_name_the_remedy_when_the_address_is_not_ours()
    {
        var failure = Assert.Throws<DeviceUnavailableException>(() => Open(new InetEndpoint(InetAddress.Parse("192.0.2.7"), 0)));

        Assert.StartsWith("bind 192.0.2.7:0: EADDRNOTAVAIL (", failure.Message);
    }

    [Fact]
    public void Open_should_serve_ipv4_and_ipv6_on_one_port_each_when_bound_apart()
    {
        using var six = Open(new InetEndpoint(InetAddress.Parse("::1"), 0));
        using var four = Open(new InetEndpoint(Loopback, six.LocalEndpoint.Port));

        Assert.Equal(six.LocalEndpoint.Port, four.LocalEndpoint.Port);
    }

    [SkippableFact]
    public void Open_should_warn_and_go_on_when_it_may_not_force_its_buffers_and_fail_when_it_may_not_mark()
    {
        var warnings = new List<string>();
        TestCapabilities.WithoutNetworkPrivileges(() =>
        {
            var options = new UdpSocketOptions { Bind = new InetEndpoint(Loopback, 0), ReceiveBuffer = 1 << 30, SendBuffer = 4096 };
            using var socket = new UdpSocketFactory(options, warnings.Add).Open();
            var marked = new UdpSocketFactory(options with { Mark = 5 }, warnings.Add);
            var failure = Assert.Throws<DeviceUnavailableException>(() => marked.Open());
            Assert.Equal("setsockopt SO_MARK udp 127.0.0.1:0: EPERM (needs CAP_NET_ADMIN: run as root)", failure.Message);
            Assert.Equal(DeviceFault.Privilege, failure.Fault);
        });

        Assert.Contains("the receive buffer is", warnings[0]);
        Assert.Contains("instead of 1073741824 (raise net.core.rmem_max", warnings[0]);
    }

    private static IUdpSocket Open(InetEndpoint bind) => new UdpSocketFactory(new UdpSocketOptions { Bind = bind }).Open();
}
