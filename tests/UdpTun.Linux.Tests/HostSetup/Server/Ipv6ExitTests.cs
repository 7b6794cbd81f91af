using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.HostSetup;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>
/// The exits for IPv6, where the uplink may have several addresses and each of them comes and goes.
/// <code>
///   server namespace                                internet namespace
///   tun0 192.168.61.1/24, fd61::1/64
///   up0  203.0.113.1/24, 2001:db8::1/64  --veth--   net0  203.0.113.2/24, 2001:db8::2/64, 2001:db8::3/64
/// </code>
/// The test plays the NAT: what it writes into tun0 comes from fd61::123, ports 20000-20099.
/// </summary>
public sealed class Ipv6ExitTests : IDisposable
{
    private const string Nat = "fd61::123";
    private const string Stranger = "2001:db8::3";
    private const ushort Port = 20003;

    private static readonly InetPrefix[] Inside = [InetPrefix.Parse("192.168.61.1/24"), InetPrefix.Parse("fd61::1/64")];
    private static readonly NatPorts Ports = new([InetAddress.Parse("192.168.61.123"), InetAddress.Parse(Nat)], new PortRange(20000, 20099));

    private readonly ServerAndInternet _net = new();

    public Ipv6ExitTests() =>
        _net.Internet.Run(() => TestNamespace.Ip("address", "add", $"{Stranger}/64", "dev", "net0", "nodad"));

    public void Dispose() => _net.Dispose();

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_remotes_should_see_the_uplinks_address_and_the_port_kept(bool portRange) => _net.Server.Run(() =>
    {
        using var end = OpenServer(portRange ? Ports : null);
        using var first = _net.Remote("2001:db8::2");
        using var second = _net.Remote(Stranger);

        Assert.Equal("[2001:db8::1]:20003", SeenBy(first, end));
        Assert.Equal("[2001:db8::1]:20003", SeenBy(second, end));
        first.Send([7], new IPEndPoint(IPAddress.Parse("2001:db8::1"), Port));
        Assert.Equal("[2001:db8::2]:5300 > [fd61::123]:20003", Next(end));
    });

    [SkippableFact]
    public void Unsolicited_packet_should_arrive_at_the_nat_and_its_answer_go_back() => _net.Server.Run(() =>
    {
        using var end = OpenServer(Ports);
        using var stranger = _net.Remote(Stranger);

        stranger.Send([9], new IPEndPoint(IPAddress.Parse("2001:db8::1"), Port));

        Assert.Equal("[2001:db8::3]:5300 > [fd61::123]:20003", Next(end));
        Assert.Equal("[2001:db8::1]:20003", SeenBy(stranger, end));
    });

    /// <summary>The packet to the link-local address was sent first: it would have come out first.</summary>
    [SkippableFact]
    public void Packet_to_a_link_local_address_should_stay_the_hosts() => _net.Server.Run(() =>
    {
        TestNamespace.Ip("address", "add", "fe80::61/64", "dev", "up0", "nodad");
        using var end = OpenServer(Ports);
        using var service = new UdpClient(new IPEndPoint(IPAddress.IPv6Any, Port)) { Client = { ReceiveTimeout = 3000 } };
        using var stranger = _net.Remote(Stranger);

        _net.Internet.Run(() =>
        {
            TestNamespace.Ip("address", "add", "fe80::62/64", "dev", "net0", "nodad");
            using var neighbour = new UdpClient(new IPEndPoint(IPAddress.Parse("fe80::62%net0"), 5300));
            neighbour.Send([1], new IPEndPoint(IPAddress.Parse("fe80::61%net0"), Port));
        });
        stranger.Send([2], new IPEndPoint(IPAddress.Parse("2001:db8::1"), Port));

        Assert.Equal("[2001:db8::3]:5300 > [fd61::123]:20003", Next(end));
        IPEndPoint? from = null;
        Assert.Equal([1], service.Receive(ref from));
    });

    [SkippableFact]
    public void Kernel_should_keep_our_flows_as_long_as_we_do_and_its_shorter_timer_be_named() => _net.Server.Run(() =>
    {
        var commands = new CommandRunner();
        Skip.IfNot(commands.Has("conntrack"), "no conntrack here (apt-get install conntrack)");
        using var end = OpenServer(Ports);
        using var remote = _net.Remote("2001:db8::2");

        SeenBy(remote, end);

        var entry = commands.Run("conntrack", "-f", "ipv6", "-L", "-p", "udp", "--sport", $"{Port}")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(int.Parse(entry[2]), 250, 300);
        Assert.EndsWith("net.netfilter.nf_conntrack_icmpv6_timeout=60", Assert.Single(_net.Warnings));
    });

    [SkippableFact]
    public void Apply_should_be_undone_without_a_trace() => _net.Server.Run(() =>
    {
        var before = HostState.Read();

        using (OpenServer(Ports)) Assert.Contains("dnat ip6 to fd61::123", HostState.Read());

        Assert.Equal(before, HostState.Read());
    });

    [SkippableFact]
    public void External_address_should_be_a_lasting_one_of_the_uplink() => _net.Server.Run(() =>
    {
        // The kernel lists the youngest first, and both share the next hop's network.
        TestNamespace.Ip("address", "add", "2001:db8::9/64", "dev", "up0", "nodad", "preferred_lft", "0");
        TestNamespace.Ip("address", "add", "fd99::9/64", "dev", "up0", "nodad");

        using var end = OpenServer(Ports);

        Assert.True(end.Setup.PassesV6);
        Assert.Equal("2001:db8::1", $"{end.Setup.ExternalAddress6}");
    });

    [SkippableFact]
    public void External_address_should_be_a_unique_local_one_where_the_uplink_has_no_other() => _net.Server.Run(() =>
    {
        TestNamespace.Ip("address", "add", "fd99::9/64", "dev", "up0", "nodad");
        TestNamespace.Ip("address", "del", "2001:db8::1/64", "dev", "up0");
        TestNamespace.Ip("-6", "route", "replace", "default", "dev", "up0");

        using var end = OpenServer(Ports);

        Assert.Equal("fd99::9", $"{end.Setup.ExternalAddress6}");
    });

    [SkippableFact]
    public void Ipv6_should_not_be_passed_when_there_is_no_way_for_it() => _net.Server.Run(() =>
    {
        TestNamespace.Ip("-6", "route", "del", "default");

        using var end = OpenServer(Ports);

        Assert.False(end.Setup.PassesV6);
        Assert.Null(end.Setup.ExternalAddress6);
        Assert.Equal("203.0.113.1", $"{end.Setup.ExternalAddress}");
        Assert.DoesNotContain("ip6 to", TestNamespace.Nft("list", "ruleset"));
        Assert.Equal("0", Sysctl.TryRead("net/ipv6/conf/all/forwarding"));
    });

    private static string SeenBy(UdpClient remote, RunningExit end)
    {
        var address = ((IPEndPoint)remote.Client.LocalEndPoint!).Address;
        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV6(Nat, $"{address}", 5300, Port))], 0);
        IPEndPoint? from = null;
        remote.Receive(ref from);
        return $"{from}";
    }

    private RunningExit OpenServer(NatPorts? ports) =>
        RunningExit.Start(_net, new ServerHostOptions { Inside = Inside, NatPorts = ports, Timeouts = NatTimeouts.Recommended });

    /// <summary>Source and destination of the next packet for the NAT.</summary>
    private static string Next(RunningExit end)
    {
        var packet = TestPackets.NextUdpV6(end.Tun);
        return $"[{new IPAddress(packet[8..24])}]:{BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(40))} > "
            + $"[{new IPAddress(packet[24..40])}]:{BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(42))}";
    }
}
