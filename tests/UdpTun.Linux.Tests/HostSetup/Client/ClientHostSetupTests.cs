using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Polling;
using UdpTun.Linux.Sockets;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>
/// <code>
///   client namespace                               server namespace
///   tun0 10.61.0.2/32, fd61::2/128
///   eth0 10.5.0.2/24, fd05::2/64     --veth--      gw0 10.5.0.1/24, fd05::1/64      lo 198.51.100.9/32
/// </code>
/// The client's default routes lead to gw0; the server listens on 198.51.100.9.
/// </summary>
public sealed class ClientHostSetupTests : IDisposable
{
    private static readonly InetAddress ServerAddress = InetAddress.Parse("198.51.100.9");

    private readonly TestNamespace _client = new();
    private readonly TestNamespace _server = new();
    private readonly TestStateDirectory _state = new();
    private readonly List<string> _warnings = [];

    public ClientHostSetupTests() => _client.Run(() =>
    {
        TestNamespace.Ip("link", "add", "eth0", "type", "veth", "peer", "name", "gw0", "netns", $"/proc/{Environment.ProcessId}/task/{_server.ThreadId}/ns/net");
        TestVeth.Configure("eth0", "10.5.0.2/24", "fd05::2/64");
        _server.Run(() =>
        {
            TestVeth.Configure("gw0", "10.5.0.1/24", "fd05::1/64");
            TestNamespace.Ip("address", "add", $"{ServerAddress}/32", "dev", "lo");
        });
        TestNamespace.Ip("route", "add", "default", "via", "10.5.0.1");
        TestNamespace.Ip("-6", "route", "add", "default", "via", "fd05::1");
        TestVeth.AwaitMulticast("eth0");
        _server.Run(() => TestVeth.AwaitMulticast("gw0"));
        Sysctl.Write("net/ipv4/conf/all/rp_filter", "1");
    });

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _state.Dispose();
    }

    [SkippableFact]
    public void Ordinary_routes_should_lead_into_the_tunnel_and_need_no_mark() => _client.Run(() =>
    {
        using var end = OpenClient("203.0.113.0/24", "2001:db8::/32");

        Assert.Equal(0u, end.Setup.Mark);
        Assert.Equal((true, false), (end.Setup.Swallows(InetAddress.Parse("203.0.113.9")), end.Setup.Swallows(InetAddress.Parse("198.51.100.9"))));
        Assert.Equal("tun0", DeviceFor("203.0.113.9"));
        Assert.Equal("tun0", DeviceFor("2001:db8::9"));
        Assert.Equal("eth0", DeviceFor("198.51.100.9"));
        Assert.DoesNotContain("udptun", HostState.Read());
    });

    [SkippableTheory]
    [InlineData("198.51.100.0/24", "198.51.100.8", "198.51.100.9")]
    [InlineData("192.0.2.0/24", "192.0.2.9", "192.0.2.77")] // where the server may be as well
    public void Route_that_covers_any_server_should_leave_the_marked(string route, string inside, string server) => _client.Run(() =>
    {
        using var end = OpenClient(route);

        Assert.NotEqual(0u, end.Setup.Mark);
        Assert.Equal("tun0", DeviceFor(inside));
        Assert.Equal("eth0", DeviceFor(server, end.Setup.Mark));
    });

    [SkippableFact]
    public void Route_should_leave_the_marked_where_the_server_may_move_and_what_the_host_knows_better() => _client.Run(() =>
    {
        var before = HostState.Read();
        TestNamespace.Ip("route", "add", "203.0.112.0/23", "via", "10.5.0.1");
        TestNamespace.Ip("route", "add", "203.0.113.64/26", "via", "10.5.0.1");
        using (var end = OpenClient("tun0", ["203.0.113.0/24", "203.0.113.128/25", "2001:db8::/32"], serversMayMove: true))
        {
            foreach (var address in (string[])["203.0.113.9", "203.0.113.200", "2001:db8::9"])
                Assert.Equal(("tun0", "eth0"), (DeviceFor(address), DeviceFor(address, end.Setup.Mark)));
            Assert.Equal(("eth0", "eth0"), (DeviceFor("203.0.113.65"), DeviceFor("203.0.112.1")));
            Assert.False(end.Setup.Swallows(InetAddress.Parse("203.0.113.9")));
        }

        TestNamespace.Ip("route", "del", "203.0.112.0/23");
        TestNamespace.Ip("route", "del", "203.0.113.64/26");
        Assert.Equal(before, HostState.Read());
    });

    [SkippableTheory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    public void Full_tunnel_should_take_both_families_and_leave_the_marked_and_the_local(string route) => _client.Run(() =>
    {
        using var end = OpenClient(route);

        Assert.NotEqual(0u, end.Setup.Mark);
        Assert.Equal("tun0", DeviceFor("203.0.113.9"));
        Assert.Equal("tun0", DeviceFor("2001:db8::9"));
        Assert.Equal("tun0", DeviceFor("198.51.100.9"));
        Assert.Equal("eth0", DeviceFor("198.51.100.9", end.Setup.Mark));
        Assert.Equal("eth0", DeviceFor("2001:db8::9", end.Setup.Mark));
        Assert.Equal("eth0", DeviceFor("10.5.0.77"));
        Assert.Equal("eth0", DeviceFor("fd05::77"));
    });

    [SkippableFact]
    public void Full_tunnel_should_keep_the_server_reachable_under_a_strict_reverse_path_check() => _client.Run(() =>
    {
        using var end = OpenClient("0.0.0.0/0");
        using var server = _server.Run(() => new UdpClient(new IPEndPoint(ServerAddress.ToIPAddress(), 9877)) { Client = { ReceiveTimeout = 3000 } });
        using var socket = new UdpSocketFactory(new UdpSocketOptions { Bind = new InetEndpoint(InetAddress.FromV4(0), 0), Mark = end.Setup.Mark }).Open();
        using var poller = new EpollPoller();
        poller.Add(socket, 1, PollInterest.Read);

        socket.Send([TestPackets.Batch(new InetEndpoint(ServerAddress, 9877), [1])], 0);
        IPEndPoint? from = null;
        server.Receive(ref from);
        Assert.Equal(IPAddress.Parse("10.5.0.2"), from!.Address);
        server.Send([2], from);

        Assert.Equal(1, poller.Wait(new PollEvent[1], 3000));
        Assert.Equal(1, socket.Receive(TestPackets.Burst()).Packets);
    });

    [SkippableFact]
    public void Full_tunnel_should_refuse_packets_and_leak_none_while_the_device_is_gone() => _client.Run(() =>
    {
        using var end = OpenClient("0.0.0.0/0");

        end.Tun.Dispose();

        foreach (var destination in (string[])["203.0.113.9", "2001:db8::9"])
        {
            var answer = new CommandRunner().Try(null, "ip", "route", "get", destination);
            Assert.False(answer.Succeeded, answer.Output);
        }
    });

    [SkippableFact]
    public void Route_that_covers_the_server_should_not_swallow_the_tunnel() => _client.Run(() =>
    {
        using var end = OpenClient("198.51.100.0/24", "203.0.113.0/24");

        Assert.Equal("tun0", DeviceFor("198.51.100.8"));
        Assert.Equal("tun0", DeviceFor("203.0.113.9"));
        Assert.Equal("eth0", DeviceFor("198.51.100.9", end.Setup.Mark));
        Assert.Equal("eth0", DeviceFor("192.0.2.1"));
    });

    [SkippableFact]
    public void Nobody_outside_should_reach_the_tunnels_own_address() => _client.Run(() =>
    {
        using var end = OpenClient("0.0.0.0/0");
        using var service = new UdpClient(new IPEndPoint(IPAddress.Any, 5300)) { Client = { ReceiveTimeout = 3000 } };
        _server.Run(() =>
        {
            TestNamespace.Ip("route", "add", "10.61.0.2/32", "via", "10.5.0.2");
            using var intruder = new UdpClient();
            intruder.Send([1], new IPEndPoint(IPAddress.Parse("10.61.0.2"), 5300));
            intruder.Send([2], new IPEndPoint(IPAddress.Parse("10.5.0.2"), 5300));
        });

        IPEndPoint? from = null;
        Assert.Equal([2], service.Receive(ref from));
    });

    [SkippableFact]
    public void Full_tunnel_should_be_undone_without_a_trace() => _client.Run(() =>
    {
        var before = HostState.Read();

        using (OpenClient("0.0.0.0/0"))
        {
            Assert.Contains("suppress_prefixlength 0", HostState.Read());
            Assert.Contains("src_valid_mark = 1", HostState.Read());
        }

        Assert.Equal(before, HostState.Read());
        Assert.Empty(_warnings);
    });

    [SkippableFact]
    public void Full_tunnel_should_be_undone_by_the_next_start_when_the_process_was_killed() => _client.Run(() =>
    {
        var before = HostState.Read();
        var killed = OpenClient("0.0.0.0/0");
        killed.Journal.Abandon();
        killed.Tun.Dispose();
        Assert.NotEqual(before, HostState.Read());

        HostJournal.Open(_state.Path, "tun0", _warnings.Add).Dispose();

        Assert.Equal(before, HostState.Read());
        Assert.Contains("changes that an earlier run left behind", Assert.Single(_warnings));
    });

    [SkippableFact]
    public void Two_full_tunnels_should_take_tables_of_their_own() => _client.Run(() =>
    {
        var before = HostState.Read();
        var first = OpenClient("0.0.0.0/0");
        var second = OpenClient("tun1", "0.0.0.0/0");
        Assert.NotEqual(first.Setup.Mark, second.Setup.Mark);

        first.Dispose();
        Assert.Equal("tun1", DeviceFor("203.0.113.9"));
        second.Dispose();

        Assert.Equal(before, HostState.Read());
    });

    [SkippableFact]
    public void Full_tunnel_should_do_without_ipv6_where_it_is_off() => _client.Run(() =>
    {
        Sysctl.Write("net/ipv6/conf/all/disable_ipv6", "1");
        Sysctl.Write("net/ipv6/conf/default/disable_ipv6", "1");

        using var end = OpenClient("0.0.0.0/0");

        Assert.Equal("tun0", DeviceFor("203.0.113.9"));
        Assert.Contains("IPv6 is off on this host: no IPv6 route is made", _warnings);
    });

    private static string DeviceFor(string destination, uint mark = 0)
    {
        string[] marked = mark == 0 ? [] : ["mark", $"{mark}"];
        var words = TestNamespace.Ip(["route", "get", destination, .. marked]).Split(' ');
        return words[Array.IndexOf(words, "dev") + 1];
    }

    private Client OpenClient(params string[] routes) =>
        routes[0].Contains('/') ? OpenClient("tun0", routes) : OpenClient(routes[0], routes[1..]);

    private Client OpenClient(string device, string[] routes, bool serversMayMove = false)
    {
        InetPrefix[] addresses = [InetPrefix.Parse("10.61.0.2/32"), InetPrefix.Parse("fd61::2/128")];
        var journal = HostJournal.Open(_state.Path, device, _warnings.Add);
        var options = new ClientHostOptions
        {
            Addresses = addresses,
            Routes = [.. routes.Select(InetPrefix.Parse)],
            Servers = [InetAddress.Parse("192.0.2.77"), ServerAddress],
            ServersMayMove = serversMayMove,
        };
        var setup = new ClientHostSetup(options, journal, _warnings.Add);
        setup.Apply();
        var tun = new TunDeviceOptions { Name = device, Addresses = addresses, Routes = setup.DeviceRoutes };
        return new Client(journal, setup, new TunDeviceFactory(tun, journal, _warnings.Add).Open());
    }

    private sealed record Client(HostJournal Journal, ClientHostSetup Setup, ITunDevice Tun) : IDisposable
    {
        public void Dispose()
        {
            Tun.Dispose();
            Journal.Dispose();
        }
    }
}
