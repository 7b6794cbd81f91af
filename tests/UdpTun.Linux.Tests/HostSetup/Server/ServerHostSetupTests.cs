using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.HostSetup;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>
/// <code>
///   server namespace                                internet namespace
///   tun0 192.168.61.1/24, fd61::1/64
///   up0  203.0.113.1/24, 2001:db8::1/64  --veth--   net0  203.0.113.2/24, 2001:db8::2/64
/// </code>
/// The test plays the NAT: what it writes into tun0 comes from 192.168.61.123 and fd61::123.
/// </summary>
public sealed class ServerHostSetupTests : IDisposable
{
    private static readonly InetPrefix InsideV4 = InetPrefix.Parse("192.168.61.1/24");
    private static readonly InetPrefix InsideV6 = InetPrefix.Parse("fd61::1/64");

    private readonly ServerAndInternet _net = new();

    public void Dispose() => _net.Dispose();

    [SkippableTheory]
    [InlineData(null)]
    [InlineData("up0")]
    public void Packets_should_leave_with_the_uplinks_address_and_answers_come_back(string? uplink) => _net.Server.Run(() =>
    {
        using var end = OpenServer(uplink);
        using var remote = _net.Remote("203.0.113.2");

        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4("192.168.61.123", "203.0.113.2", 5300))], 0);
        IPEndPoint? from = null;
        remote.Receive(ref from);
        Assert.Equal(IPAddress.Parse("203.0.113.1"), from!.Address);
        remote.Send([9], from);

        var answer = end.ReadPacket();
        Assert.Equal([192, 168, 61, 123], answer[16..20]);
        Assert.Equal(9, answer[28]);
    });

    [SkippableFact]
    public void Apply_should_be_undone_without_a_trace() => _net.Server.Run(() =>
    {
        var before = HostState.Read();

        using (OpenServer())
        {
            var during = HostState.Read();
            Assert.Contains("table inet udptun_tun0", during);
            Assert.Contains("ip saddr 192.168.61.0/24 oifname \"up0\"", during);
            Assert.Contains("ip6 saddr fd61::/64 oifname \"up0\"", during);
            Assert.Contains("net/ipv4/ip_forward = 1", during);
            Assert.Contains("net/ipv6/conf/all/forwarding = 1", during);
        }

        Assert.Equal(before, HostState.Read());
        Assert.Empty(_net.Warnings);
    });

    [SkippableFact]
    public void Apply_should_be_undone_by_the_cleanup_when_the_process_was_killed() =>
        _net.Server.Run(() => _net.ExpectCleanupAfterKill(() => OpenServer()));

    [SkippableFact]
    public void Forwarding_should_stay_on_until_the_last_of_two_instances_stops() => _net.Server.Run(() =>
    {
        var before = HostState.Read();
        var first = OpenServer();
        var second = OpenServer(device: "tun1", inside: InetPrefix.Parse("192.168.62.1/24"));

        first.Dispose();
        Assert.Equal("1", Sysctl.TryRead("net/ipv4/ip_forward"));
        Assert.Contains("udptun_tun1", HostState.Read());
        second.Dispose();

        Assert.Equal(before, HostState.Read());
    });

    [SkippableFact]
    public void Packets_from_the_tunnel_should_not_reach_the_server_itself() => _net.Server.Run(() =>
    {
        using var end = OpenServer();
        using var service = new UdpClient(new IPEndPoint(IPAddress.Any, 5300)) { Client = { ReceiveTimeout = 2000 } };
        using var control = new UdpClient();

        foreach (var own in (string[])["192.168.61.1", "203.0.113.1"])
            end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4("192.168.61.123", own, 5300))], 0);
        control.Send([1], new IPEndPoint(IPAddress.Loopback, 5300));

        IPEndPoint? from = null;
        service.Receive(ref from);
        Assert.Equal(IPAddress.Loopback, from!.Address);
        Assert.Equal(0, service.Available);
    });

    [SkippableFact]
    public void Apply_should_fail_with_the_remedy_when_there_is_no_uplink() => _net.Server.Run(() =>
    {
        TestNamespace.Ip("route", "del", "default");
        var before = HostState.Read();

        var failure = Assert.Throws<DeviceUnavailableException>(() => OpenServer());

        Assert.Equal(
            "no uplink: the host has no IPv4 default route (add one, or name the device towards the internet with udptun.server.uplink)", failure.Message);
        Assert.Equal(before, HostState.Read());
        Assert.Contains("the uplink eth7 does not exist", Assert.Throws<DeviceUnavailableException>(() => OpenServer("eth7")).Message);
    });

    [SkippableFact]
    public void Apply_should_leave_ipv6_out_with_a_warning_when_there_is_no_ipv6_uplink() => _net.Server.Run(() =>
    {
        TestNamespace.Ip("-6", "route", "del", "default");

        using var end = OpenServer();

        Assert.StartsWith("no IPv6 default route: inner IPv6 of fd61::1/64 is refused", Assert.Single(_net.Warnings));
        Assert.Equal("0", Sysctl.TryRead("net/ipv6/conf/all/forwarding"));
    });

    [SkippableFact]
    public void Apply_should_keep_the_uplink_listening_to_router_advertisements() => _net.Server.Run(() =>
    {
        Assert.Equal("1", Sysctl.TryRead("net/ipv6/conf/up0/accept_ra"));

        using (OpenServer()) Assert.Equal("2", Sysctl.TryRead("net/ipv6/conf/up0/accept_ra"));

        Assert.Equal("1", Sysctl.TryRead("net/ipv6/conf/up0/accept_ra"));
    });

    /// <summary>The remedy of the warning is carried out as it stands, and opens the way.</summary>
    [SkippableTheory]
    [InlineData("add table ip filter; add chain ip filter FORWARD { type filter hook forward priority filter; policy drop; }", "nft insert rule ip filter FORWARD")]
    [InlineData("add table inet fw; add chain inet fw passing { type filter hook forward priority 5; policy drop; }", "nft insert rule inet fw passing")]
    public void Foreign_firewall_should_be_named_with_a_remedy_that_works(string ruleset, string remedy) => _net.Server.Run(() =>
    {
        new CommandRunner().RunWithInput(ruleset.Replace("; add", "\nadd"), "nft", "-f", "-");

        AssertRemedyWorks(remedy);
    });

    [SkippableFact]
    public void Foreign_firewall_should_be_opened_in_dockers_own_chain_when_it_is_dockers() => _net.Server.Run(() =>
    {
        var commands = new CommandRunner();
        Skip.IfNot(commands.Has("iptables-nft"), "no iptables here (apt-get install iptables)");
        commands.Run("iptables-nft", "-N", "DOCKER-USER");
        commands.Run("iptables-nft", "-A", "FORWARD", "-j", "DOCKER-USER");
        commands.Run("iptables-nft", "-P", "FORWARD", "DROP");

        AssertRemedyWorks("iptables -I DOCKER-USER -i tun0 -j ACCEPT");
    });

    private void AssertRemedyWorks(string remedy)
    {
        using (OpenServer(inside: InsideV4)) Assert.Contains(remedy, Assert.Single(_net.Warnings));
        using (var end = OpenServer(inside: InsideV4)) Assert.False(PassesOutside(end));

        var commands = _net.Warnings[0].Split("Remedy: ")[1];
        new CommandRunner().Run("sh", "-c", commands);
        _net.Warnings.Clear();

        using (var end = OpenServer(inside: InsideV4)) Assert.True(PassesOutside(end));
        Assert.Empty(_net.Warnings);
    }

    private bool PassesOutside(RunningExit end)
    {
        using var remote = _net.Remote("203.0.113.2", patienceMilliseconds: 700);
        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4("192.168.61.123", "203.0.113.2", 5300))], 0);
        try
        {
            IPEndPoint? from = null;
            return remote.Receive(ref from).Length > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private RunningExit OpenServer(string? uplink = null, string device = "tun0", params InetPrefix[] inside) => RunningExit.Start(
        _net, new ServerHostOptions { Uplink = uplink, Inside = inside.Length == 0 ? [InsideV4, InsideV6] : inside }, device);
}
