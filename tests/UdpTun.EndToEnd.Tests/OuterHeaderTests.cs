using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What the headers of the tunnel's datagrams say of the packets inside, and what the path says by them.</summary>
public sealed class OuterHeaderTests(ITestOutputHelper output)
{
    [SkippableTheory]
    [InlineData("10.77.1.1", "ip")]
    [InlineData("[fd77:1::1]", "ip6")]
    public async Task Code_point_and_ecn_should_be_seen_on_the_path_both_ways(string server, string family)
    {
        await using var net = new Topology(output);
        var there = new PacketCount(net.Server, "prerouting", $"iifname lan1 udp dport 9877 {family} dscp ef {family} ecn ect0");
        var back = new PacketCount(net.Server, "postrouting", $"oifname lan1 udp sport 9877 {family} dscp ef {family} ecn ect0");
        await net.StartServer("--listen", "[::]:9877");
        await net.StartClient(1, server, ["--route", "203.0.113.0/24"]);

        PingOneByOne(net, "-Q0xBA");

        Assert.Equal((3, 3), (there.Read(), back.Read()));
    }

    [SkippableTheory]
    [InlineData("10.77.1.1", "ip")]
    [InlineData("[fd77:1::1]", "ip6")]
    public async Task Congestion_on_the_path_should_reach_the_packet_inside_or_cost_it(string server, string family)
    {
        await using var net = new Topology(output);
        var told = new PacketCount(net.Internet, "prerouting", "icmp type echo-request ip ecn ce");
        net.Server.Run("nft", $"add table {family} path; add chain {family} path arriving {{ type filter hook prerouting priority -300; }}; "
            + $"add rule {family} path arriving iifname lan1 udp dport 9877 {family} ecn set ce");
        var process = await net.StartServer("--listen", "[::]:9877", "--set", "udptun.log.summary-interval=1s");
        await net.StartClient(1, server, ["--route", "203.0.113.0/24"]);

        PingOneByOne(net, "-Q0x02");
        Assert.Equal(3, told.Read());

        Assert.Contains("100% packet loss", net.Client.Try("ping", "-c2", "-i0.2", "-W1", "203.0.113.10").Output);
        await process.UntilLogged("CongestionUntold=2", TunnelProcess.StartLimit);
    }

    [SkippableFact]
    public async Task Code_point_should_stay_hidden_when_a_fixed_one_is_set()
    {
        await using var net = new Topology(output);
        var hidden = new PacketCount(net.Server, "prerouting", "iifname lan1 udp dport 9877 ip dscp 0 ip ecn ect0");
        var inside = new PacketCount(net.Internet, "prerouting", "icmp type echo-request ip dscp ef");
        await net.StartServer();
        await net.StartClient(1, "--route", "203.0.113.0/24", "--set", "udptun.udp.dscp=0");

        PingOneByOne(net, "-Q0xBA");

        Assert.Equal((3, 3), (hidden.Read(), inside.Read()));
    }

    /// <summary>Three echoes, none of which is joined with another.</summary>
    private static void PingOneByOne(Topology net, string codePoint)
    {
        for (var i = 0; i < 3; i++) net.Client.Ping(1, codePoint, "203.0.113.10");
    }
}
