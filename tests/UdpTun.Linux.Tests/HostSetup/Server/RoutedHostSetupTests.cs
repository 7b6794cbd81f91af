using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>
/// <code>
///   server namespace                                internet namespace
///   tun0 192.168.61.1/24
///        203.0.113.10, .11, 2001:db8::10 routed
///   up0  203.0.113.1/24, 2001:db8::1/64  --veth--   net0  203.0.113.2/24, 2001:db8::2/64
/// </code>
/// The test plays the NAT: what it writes into tun0 comes from the routed addresses. The internet host knows its own link alone, so it
/// reaches them only while the server answers for them.
/// </summary>
public sealed class RoutedHostSetupTests : IDisposable
{
    private static readonly InetAddress[] Addresses = [.. new[] { "203.0.113.10", "203.0.113.11", "2001:db8::10" }.Select(InetAddress.Parse)];

    private readonly TestNamespace _server = new();
    private readonly TestNamespace _internet = new();
    private readonly TestStateDirectory _state = new();
    private readonly List<string> _warnings = [];

    public RoutedHostSetupTests() => _server.Run(() =>
    {
        TestNamespace.Ip("link", "add", "up0", "type", "veth", "peer", "name", "net0", "netns", $"/proc/{Environment.ProcessId}/task/{_internet.ThreadId}/ns/net");
        TestVeth.Configure("up0", "203.0.113.1/24", "2001:db8::1/64");
        _internet.Run(() => TestVeth.Configure("net0", "203.0.113.2/24", "2001:db8::2/64"));
        TestNamespace.Ip("route", "add", "default", "via", "203.0.113.2");
        TestNamespace.Ip("-6", "route", "add", "default", "via", "2001:db8::2");
    });

    public void Dispose()
    {
        _server.Dispose();
        _internet.Dispose();
        _state.Dispose();
    }

    [SkippableTheory]
    [InlineData("203.0.113.10", "203.0.113.2")]
    [InlineData("203.0.113.11", "203.0.113.2")]
    public void Packets_should_leave_with_a_routed_address_and_answers_come_back(string outer, string remote) => _server.Run(() =>
    {
        using var end = OpenServer();
        using var far = _internet.Run(() => new UdpClient(new IPEndPoint(IPAddress.Parse(remote), 5300)) { Client = { ReceiveTimeout = 3000 } });

        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4(outer, remote, 5300, sourcePort: 4000))], 0);
        IPEndPoint? from = null;
        far.Receive(ref from);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(outer), 4000), from);
        far.Send([9], from!);

        var answer = end.ReadPacket();
        Assert.Equal(IPAddress.Parse(outer), new IPAddress(answer[16..20]));
        Assert.Equal(9, answer[28]);
    });

    [SkippableTheory]
    [InlineData("203.0.113.11")]
    [InlineData("2001:db8::10")]
    public void Stranger_should_reach_a_routed_address_at_any_port_without_delay(string outer) => _server.Run(() =>
    {
        using var end = OpenServer();
        var address = IPAddress.Parse(outer);
        AwaitMulticast();
        using var far = _internet.Run(() => new UdpClient(address.AddressFamily));
        var watch = Stopwatch.StartNew();

        far.Send([7], new IPEndPoint(address, 22));

        var packet = TestPackets.Next(end.Tun, packet => packet[^1] == 7 && packet[6 + (packet[0] >> 4 == 6 ? 0 : 3)] == 17);
        Assert.Equal(address.GetAddressBytes(), packet[0] >> 4 == 6 ? packet[24..40] : packet[16..20]);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 700); // by default the kernel waits up to 800 ms with an answer in another's place
    });

    [SkippableFact]
    public void Packets_should_not_be_tracked_nor_translated_by_another_rule_of_the_host() => _server.Run(() =>
    {
        new CommandRunner().RunWithInput(
            """
            table inet foreign {
              chain post { type nat hook postrouting priority srcnat; oifname "up0" masquerade; }
              chain passing { type filter hook forward priority 0; ct state new,established,invalid drop; }
            }
            """, "nft", "-f", "-");
        using var end = OpenServer();
        using var far = _internet.Run(() => new UdpClient(new IPEndPoint(IPAddress.Parse("203.0.113.2"), 5300)) { Client = { ReceiveTimeout = 3000 } });

        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4("203.0.113.10", "203.0.113.2", 5300))], 0);
        IPEndPoint? from = null;
        far.Receive(ref from);
        far.Send([9], from!);

        Assert.Equal(IPAddress.Parse("203.0.113.10"), from!.Address);
        Assert.Equal(9, end.ReadPacket()[28]);
    });

    [SkippableFact]
    public void Servers_own_services_should_answer_at_its_own_address_alone() => _server.Run(() =>
    {
        using var end = OpenServer();
        using var service = new UdpClient(new IPEndPoint(IPAddress.Any, 5300)) { Client = { ReceiveTimeout = 2000 } };
        using var far = _internet.Run(() => new UdpClient(AddressFamily.InterNetwork));

        far.Send([1], new IPEndPoint(IPAddress.Parse("203.0.113.10"), 5300));
        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4("203.0.113.10", "203.0.113.1", 5300))], 0);
        far.Send([2], new IPEndPoint(IPAddress.Parse("203.0.113.1"), 5300));

        IPEndPoint? from = null;
        Assert.Equal([2], service.Receive(ref from));
        Assert.Equal(0, service.Available);
    });

    [SkippableFact]
    public void Neighbours_should_be_told_where_the_addresses_are_now() => _server.Run(() =>
    {
        string[] addresses = ["203.0.113.10", "2001:db8::10"];
        AwaitMulticast();
        foreach (var address in addresses)
            _internet.Run(() => TestNamespace.Ip("neigh", "add", address, "lladdr", "02:00:00:00:00:01", "dev", "net0", "nud", "stale"));
        var hardware = TestNamespace.Ip("-br", "link", "show", "dev", "up0").Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];

        using var end = OpenServer();

        foreach (var address in addresses)
            Assert.Contains(hardware, _internet.Run(() => TestNamespace.Ip("neigh", "show", address, "dev", "net0")));
        Assert.Empty(_warnings);
    });

    [SkippableFact]
    public void Apply_should_be_undone_without_a_trace() => _server.Run(() =>
    {
        var before = HostState.Read();

        using (OpenServer())
        {
            var during = HostState.Read();
            Assert.Contains("table inet udptun_tun0", during);
            Assert.DoesNotContain("masquerade", during);
            Assert.Contains("203.0.113.11 dev tun0", during);
            Assert.Contains("2001:db8::10 dev up0 proxy", during.Replace("  ", " "));
            Assert.Contains("net/ipv4/ip_forward = 1", during);
        }

        Assert.Equal(before, HostState.Read());
        Assert.Empty(_warnings);
    });

    [SkippableFact]
    public void Apply_should_be_undone_by_the_cleanup_when_the_process_was_killed() => _server.Run(() =>
    {
        var before = HostState.Read();
        var end = OpenServer();
        end.Journal.Abandon();
        end.Tun.Dispose();
        Assert.NotEqual(before, HostState.Read());

        var report = HostCleanup.Run(_state.Path);

        Assert.Equal(before, HostState.Read());
        Assert.Empty(report.Failed);
    });

    [SkippableFact]
    public void Owners_proxy_entry_should_stay_the_owners() => _server.Run(() =>
    {
        TestNamespace.Ip("neigh", "add", "proxy", "203.0.113.10", "dev", "up0");
        var before = HostState.Read();

        OpenServer().Dispose();

        Assert.Equal(before, HostState.Read());
    });

    [SkippableFact]
    public void Apply_should_fail_with_the_remedy_when_a_family_has_no_uplink() => _server.Run(() =>
    {
        TestNamespace.Ip("-6", "route", "del", "default");
        var before = HostState.Read();

        Assert.StartsWith(
            "2001:db8::10 has no uplink: the host has no IPv6 default route", Assert.Throws<DeviceUnavailableException>(() => OpenServer()).Message);
        File.WriteAllText("/proc/sys/net/ipv6/conf/up0/disable_ipv6", "1");
        Assert.StartsWith(
            "2001:db8::10 has no uplink: IPv6 is off on up0", Assert.Throws<DeviceUnavailableException>(() => OpenServer("up0")).Message);
        File.WriteAllText("/proc/sys/net/ipv6/conf/up0/disable_ipv6", "0");

        Assert.DoesNotContain("udptun", HostState.Read());
        Assert.Contains("net/ipv4/ip_forward = 0", before);
        Assert.Contains("net/ipv4/ip_forward = 0", HostState.Read());
    });

    /// <summary>The kernel notices a new link up to a second late; until then it has no route for IPv6 multicast and hears none.</summary>
    private void AwaitMulticast()
    {
        Assert.True(SpinWait.SpinUntil(() => Routes(_server, "up0") && Routes(_internet, "net0"), TimeSpan.FromSeconds(5)));

        bool Routes(TestNamespace host, string device) =>
            (host == _server ? LocalTable() : host.Run(LocalTable)).Contains($"ff00::/8 dev {device}");

        static string LocalTable() => TestNamespace.Ip("-6", "route", "show", "table", "local");
    }

    private Server OpenServer(string? uplink = null)
    {
        var journal = HostJournal.Open(_state.Path, "tun0", _warnings.Add);
        try
        {
            new RoutedHostSetup(new RoutedHostOptions { Uplink = uplink, Addresses = Addresses }, journal, _warnings.Add).Apply();
            var options = new TunDeviceOptions
            {
                Name = "tun0",
                Addresses = [InetPrefix.Parse("192.168.61.1/24")],
                Routes = [.. RoutedHostSetup.RoutesOf(Addresses).Select(prefix => new DeviceRoute(prefix))],
            };
            return new Server(journal, new TunDeviceFactory(options, journal, _warnings.Add).Open());
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    private sealed record Server(HostJournal Journal, ITunDevice Tun) : IDisposable
    {
        public byte[] ReadPacket() => TestPackets.NextV4(Tun);

        public void Dispose()
        {
            Tun.Dispose();
            Journal.Dispose();
        }
    }
}
