using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.HostSetup;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>
/// <code>
///   server namespace                                internet namespace
///   tun0 192.168.61.1/24
///   up0  203.0.113.1/24                  --veth--   net0  203.0.113.2, .3, .4/24
/// </code>
/// The test plays the NAT: what it writes into tun0 comes from 192.168.61.123, ports 20000-20099.
/// </summary>
public sealed class PortRangeExitTests : IDisposable
{
    private const string Nat = "192.168.61.123";
    private const ushort Port = 20003;

    private static readonly InetPrefix Inside = InetPrefix.Parse("192.168.61.1/24");
    private static readonly NatPorts Ports = new([InetAddress.Parse(Nat)], new PortRange(20000, 20099));

    private readonly ServerAndInternet _net = new();

    public PortRangeExitTests() => _net.Internet.Run(() =>
    {
        TestNamespace.Ip("address", "add", "203.0.113.3/24", "dev", "net0");
        TestNamespace.Ip("address", "add", "203.0.113.4/24", "dev", "net0");
    });

    public void Dispose() => _net.Dispose();

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_remotes_should_see_the_same_address_and_the_port_kept(bool portRange) => _net.Server.Run(() =>
    {
        using var end = OpenServer(portRange ? Ports : null);
        using var first = _net.Remote("203.0.113.2");
        using var second = _net.Remote("203.0.113.3");

        Assert.Equal("203.0.113.1:20003", SeenBy(first, end));
        Assert.Equal("203.0.113.1:20003", SeenBy(second, end));
        first.Send([7], new IPEndPoint(IPAddress.Parse("203.0.113.1"), Port));
        Assert.Equal("203.0.113.2:5300 > 192.168.61.123:20003", Describe(end.ReadPacket()));
    });

    [SkippableFact]
    public void Unsolicited_packet_should_arrive_at_the_nat_and_its_answer_go_back() => _net.Server.Run(() =>
    {
        using var end = OpenServer(Ports);
        using var stranger = _net.Remote("203.0.113.4");

        stranger.Send([9], new IPEndPoint(IPAddress.Parse("203.0.113.1"), Port));

        Assert.Equal("203.0.113.4:5300 > 192.168.61.123:20003", Describe(end.ReadPacket()));
        Assert.Equal("203.0.113.1:20003", SeenBy(stranger, end));
    });

    [SkippableFact]
    public void Unsolicited_connection_should_arrive_at_the_nat() => _net.Server.Run(() =>
    {
        using var end = OpenServer(Ports);
        using var stranger = _net.Internet.Run(
            () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false });
        stranger.Bind(new IPEndPoint(IPAddress.Parse("203.0.113.4"), 5301));

        Assert.Throws<SocketException>(() => stranger.Connect(new IPEndPoint(IPAddress.Parse("203.0.113.1"), Port)));

        Assert.Equal("203.0.113.4:5301 > 192.168.61.123:20003", Describe(end.ReadPacket()));
    });

    /// <summary>
    /// Nothing is between the two packets but the order in which they were sent: the one outside the range would have come first.
    /// </summary>
    [SkippableFact]
    public void Packet_to_another_port_should_stay_the_hosts() => _net.Server.Run(() =>
    {
        using var end = OpenServer(Ports);
        using var stranger = _net.Remote("203.0.113.4");
        using var service = new UdpClient(new IPEndPoint(IPAddress.Any, 20100)) { Client = { ReceiveTimeout = 3000 } };

        stranger.Send([1], new IPEndPoint(IPAddress.Parse("203.0.113.1"), 20100));
        stranger.Send([2], new IPEndPoint(IPAddress.Parse("203.0.113.1"), 20099));

        Assert.Equal("203.0.113.4:5300 > 192.168.61.123:20099", Describe(end.ReadPacket()));
        IPEndPoint? from = null;
        Assert.Equal([1], service.Receive(ref from));
    });

    /// <summary>
    /// What an entry that timed out leaves behind is the same as what a flush does: none. The next packet makes a new one.
    /// </summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Expired_entry_should_come_back_with_the_same_port(bool inboundFirst) => _net.Server.Run(() =>
    {
        var commands = new CommandRunner();
        Skip.IfNot(commands.Has("conntrack"), "no conntrack here (apt-get install conntrack)");
        using var end = OpenServer(Ports);
        using var remote = _net.Remote("203.0.113.2");
        Assert.Equal("203.0.113.1:20003", SeenBy(remote, end));

        commands.Run("conntrack", "-F");
        Assert.Equal("", commands.Run("conntrack", "-L", "-p", "udp"));

        if (inboundFirst)
        {
            remote.Send([9], new IPEndPoint(IPAddress.Parse("203.0.113.1"), Port));
            Assert.Equal("203.0.113.2:5300 > 192.168.61.123:20003", Describe(end.ReadPacket()));
        }

        Assert.Equal("203.0.113.1:20003", SeenBy(remote, end));
    });

    [SkippableFact]
    public void Port_should_be_kept_when_the_uplinks_address_changes() => _net.Server.Run(() =>
    {
        using var end = OpenServer(Ports);
        using var remote = _net.Remote("203.0.113.2");
        Assert.Equal("203.0.113.1:20003", SeenBy(remote, end));

        TestNamespace.Ip("address", "del", "203.0.113.1/24", "dev", "up0");
        TestNamespace.Ip("address", "add", "203.0.113.9/24", "dev", "up0");
        TestNamespace.Ip("route", "replace", "default", "via", "203.0.113.2");

        // The kernel takes the old address's entries out of its tracking in its own time.
        Assert.True(SpinWait.SpinUntil(() => SeenBy(remote, end) == "203.0.113.9:20003", TimeSpan.FromSeconds(10)));
        remote.Send([9], new IPEndPoint(IPAddress.Parse("203.0.113.9"), Port));
        Assert.Equal("203.0.113.2:5300 > 192.168.61.123:20003", Describe(end.ReadPacket()));
    });

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Kernel_should_keep_our_flows_as_long_as_we_do(bool portRange) => _net.Server.Run(() =>
    {
        var commands = new CommandRunner();
        Skip.IfNot(commands.Has("conntrack"), "no conntrack here (apt-get install conntrack)");
        using var end = OpenServer(portRange ? Ports : null);
        using var remote = _net.Remote("203.0.113.2");

        SeenBy(remote, end);

        var entry = commands.Run("conntrack", "-L", "-p", "udp", "--sport", $"{Port}").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(int.Parse(entry[2]), 250, 300);
        Assert.StartsWith("the kernel forgets idle flows before our NAT does", Assert.Single(_net.Warnings));
        Assert.EndsWith("Remedy: sysctl -w net.netfilter.nf_conntrack_icmp_timeout=60", _net.Warnings[0]);
    });

    [SkippableFact]
    public void Apply_should_be_undone_without_a_trace() => _net.Server.Run(() =>
    {
        var before = HostState.Read();

        using (var end = OpenServer(Ports))
        {
            Assert.Equal(ServerExit.PortRange, end.Setup.Exit);
            Assert.Contains("ip_local_reserved_ports = 20000-20099", HostState.Read());
        }

        Assert.Equal(before, HostState.Read());
    });

    [SkippableTheory]
    [InlineData("dnat", ServerExit.Masquerade, "exit masquerade instead of port-range, whose rules are refused here: nft -f -: no dnat here", true)]
    [InlineData("ct timeout", ServerExit.PortRange, "net.netfilter.nf_conntrack_udp_timeout_stream is 120 s, ours 300 s", false)]
    public void Exit_should_do_with_less_when_nft_refuses_a_rule(
        string refused, ServerExit exit, string warning, bool timeouts) => _net.Server.Run(() =>
    {
        using var end = OpenServer(Ports, searchPath: NftThatRefuses(refused));

        Assert.Equal(exit, end.Setup.Exit);
        Assert.Contains(_net.Warnings, text => text.Contains(warning));
        var rules = TestNamespace.Nft("list", "ruleset");
        Assert.Equal(timeouts, rules.Contains("ct timeout"));
        Assert.Equal(exit == ServerExit.PortRange, Sysctl.TryRead("net/ipv4/ip_local_reserved_ports") == "20000-20099");
    });

    [SkippableFact]
    public void Listener_inside_the_range_should_be_warned_of() => _net.Server.Run(() =>
    {
        using var inside = new UdpClient(new IPEndPoint(IPAddress.Any, 20050));
        using var beside = new UdpClient(new IPEndPoint(IPAddress.Any, 20100));
        using var loopback = new UdpClient(new IPEndPoint(IPAddress.Loopback, 20051));

        using var end = OpenServer(Ports);

        var warning = Assert.Single(_net.Warnings, text => text.StartsWith("this host listens"));
        Assert.StartsWith("this host listens inside udptun.nat.ports (20000-20099): udp 0.0.0.0:20050 cannot be reached", warning);
    });

    [SkippableFact]
    public void External_address_should_be_the_uplinks_unless_it_is_set() => _net.Server.Run(() =>
    {
        TestNamespace.Ip("address", "del", "203.0.113.1/24", "dev", "up0");
        TestNamespace.Ip("address", "add", "198.51.100.5/24", "dev", "up0");
        TestNamespace.Ip("address", "add", "203.0.113.1/24", "dev", "up0");
        TestNamespace.Ip("route", "replace", "default", "via", "203.0.113.2");

        using (var end = OpenServer(Ports)) Assert.Equal("203.0.113.1", $"{end.Setup.ExternalAddress}");
        using (var end = OpenServer(Ports, external: "198.51.100.77")) Assert.Equal("198.51.100.77", $"{end.Setup.ExternalAddress}");
    });

    [SkippableFact]
    public void Foreign_firewall_should_still_be_named() => _net.Server.Run(() =>
    {
        new CommandRunner().RunWithInput("add table ip fw\nadd chain ip fw passing { type filter hook forward priority 5; policy drop; }", "nft", "-f", "-");

        using var end = OpenServer(Ports);

        Assert.Contains(_net.Warnings, text => text.Contains("nft insert rule ip fw passing iifname tun0 accept"));
    });

    private string NftThatRefuses(string text)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_net.StateDirectory, "programs")).FullName;
        var program = Path.Combine(directory, "nft");
        File.WriteAllText(program, $"""
            #!/bin/sh
            [ "$1" = -f ] || exec /usr/sbin/nft "$@"
            rules=$(cat)
            case "$rules" in *"{text}"*) echo "no {text} here" >&2; exit 1;; esac
            echo "$rules" | exec /usr/sbin/nft -f -
            """);
        new CommandRunner().Run("chmod", "+x", program);
        return $"{directory}:/usr/sbin:/sbin:/usr/bin:/bin";
    }

    private static string SeenBy(UdpClient remote, RunningExit end)
    {
        var address = ((IPEndPoint)remote.Client.LocalEndPoint!).Address;
        end.Tun.Write([TestPackets.Batch(default, TestPackets.UdpV4(Nat, $"{address}", 5300, sourcePort: Port))], 0);
        IPEndPoint? from = null;
        remote.Receive(ref from);
        return $"{from}";
    }

    private static string Describe(byte[] packet) =>
        $"{new IPAddress(packet[12..16])}:{BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(20))} > "
        + $"{new IPAddress(packet[16..20])}:{BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(22))}";

    private RunningExit OpenServer(NatPorts? ports, string? external = null, string? searchPath = null)
    {
        var options = new ServerHostOptions
        {
            Inside = [Inside],
            NatPorts = ports,
            Timeouts = NatTimeouts.Recommended,
            ExternalAddress = external is null ? null : InetAddress.Parse(external),
        };
        return RunningExit.Start(_net, options, searchPath: searchPath);
    }
}
