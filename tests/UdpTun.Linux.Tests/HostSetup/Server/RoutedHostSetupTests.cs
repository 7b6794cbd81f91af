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

    private readonly ServerAndInternet _net = new();

    public void Dispose() => _net.Dispose();

    [SkippableTheory]
    [InlineData("203.0.113.10", "203.0.113.2")]
    [InlineData("203.0.113.11", "203.0.113.2")]
    public void Packets_should_leave_with_a_routed_address_and_answers_come_back(string outer, string remote) => _net.Server.Run(() =>
    {
        using var end = OpenServer();
        using var far = _net.Remote(remote);

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
    public void Stranger_should_reach_a_routed_address_at_any_port_without_delay(string outer) => _net.Server.Run(() =>
    {
        using var end = OpenServer();
        var address = IPAddress.Parse(outer);
        using var far = _net.Internet.Run(() => new UdpClient(address.AddressFamily));

        far.Send([7], new IPEndPoint(address, 22));

        var packet = TestPackets.Next(end.Tun, packet => packet[^1] == 7 && packet[6 + (packet[0] >> 4 == 6 ? 0 : 3)] == 17);
        Assert.Equal(address.GetAddressBytes(), packet[0] >> 4 == 6 ? packet[24..40] : packet[16..20]);
        // By default the kernel waits with an answer in another's place, anything up to 800 ms: no time taken would tell.
        Assert.Equal("0", Sysctl.TryRead($"net/{(outer.Contains(':') ? "ipv6" : "ipv4")}/neigh/up0/proxy_delay"));
    });

    [SkippableFact]
    public void Packets_should_not_be_tracked_nor_translated_by_another_rule_of_the_host() => _net.Server.Run(() =>
    {
        new CommandRunner().RunWithInput(
            """
            table inet foreign {
              chain post { type nat hook postrouting priority srcnat; oifname "up0" masquerade; }
              chain passing { type filter hook forward priority 0; ct state new,established,invalid drop; }
            }
            """, "nft", "-f", "-");
        using var end = OpenServer();
        using var far = _net.Remote("203.0.113.2");

        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4("203.0.113.10", "203.0.113.2", 5300))], 0);
        IPEndPoint? from = null;
        far.Receive(ref from);
        far.Send([9], from!);

        Assert.Equal(IPAddress.Parse("203.0.113.10"), from!.Address);
        Assert.Equal(9, end.ReadPacket()[28]);
    });

    [SkippableFact]
    public void Servers_own_services_should_answer_at_its_own_address_alone() => _net.Server.Run(() =>
    {
        using var end = OpenServer();
        using var service = new UdpClient(new IPEndPoint(IPAddress.Any, 5300)) { Client = { ReceiveTimeout = 2000 } };
        using var far = _net.Internet.Run(() => new UdpClient(AddressFamily.InterNetwork));

        far.Send([1], new IPEndPoint(IPAddress.Parse("203.0.113.10"), 5300));
        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4("203.0.113.10", "203.0.113.1", 5300))], 0);
        far.Send([2], new IPEndPoint(IPAddress.Parse("203.0.113.1"), 5300));

        IPEndPoint? from = null;
        Assert.Equal([2], service.Receive(ref from));
        Assert.Equal(0, service.Available);
    });

    [SkippableFact]
    public void Neighbours_should_be_told_where_the_addresses_are_now() => _net.Server.Run(() =>
    {
        string[] addresses = ["203.0.113.10", "2001:db8::10"];
        foreach (var address in addresses)
            _net.Internet.Run(
                () => TestNamespace.Ip("neigh", "add", address, "lladdr", "02:00:00:00:00:01", "dev", "net0", "nud", "stale"));
        var hardware = TestNamespace.Ip("-br", "link", "show", "dev", "up0").Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];

        using var end = OpenServer();

        foreach (var address in addresses)
            Assert.Contains(hardware, _net.Internet.Run(() => TestNamespace.Ip("neigh", "show", address, "dev", "net0")));
        Assert.Empty(_net.Warnings);
    });

    [SkippableFact]
    public void Apply_should_be_undone_without_a_trace() => _net.Server.Run(() =>
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
        Assert.Empty(_net.Warnings);
    });

    [SkippableFact]
    public void Apply_should_be_undone_by_the_cleanup_when_the_process_was_killed() =>
        _net.Server.Run(() => _net.ExpectCleanupAfterKill(() => OpenServer()));

    [SkippableFact]
    public void Owners_proxy_entry_should_stay_the_owners() => _net.Server.Run(() =>
    {
        TestNamespace.Ip("neigh", "add", "proxy", "203.0.113.10", "dev", "up0");
        var before = HostState.Read();

        OpenServer().Dispose();

        Assert.Equal(before, HostState.Read());
    });

    [SkippableFact]
    public void Apply_should_fail_with_the_remedy_when_a_family_has_no_uplink() => _net.Server.Run(() =>
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

    private RunningExit OpenServer(string? uplink = null) => RunningExit.Start(
        _net,
        new RoutedHostOptions { Uplink = uplink, Addresses = Addresses },
        new TunDeviceOptions
        {
            Name = "tun0",
            Addresses = [InetPrefix.Parse("192.168.61.1/24")],
            Routes = [.. RoutedHostSetup.RoutesOf(Addresses).Select(prefix => new DeviceRoute(prefix))],
        });
}
