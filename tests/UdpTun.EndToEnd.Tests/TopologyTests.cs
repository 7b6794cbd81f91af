using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>The ground under the other tests: without a tunnel nothing gets through, so what gets through came by the tunnel.</summary>
public sealed class TopologyTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Client_should_not_reach_the_internet_when_no_tunnel_runs()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);

        Assert.NotEqual(0, net.Client.Try("ping", "-c1", "-W1", "203.0.113.10").ExitCode);
        Assert.False(await visitor.IsEchoed(briefly: true));
        Assert.Equal(0, net.Client.Try("ping", "-c1", "-W1", "10.77.1.1").ExitCode);
        Assert.Equal(0, net.Server.Try("ping", "-c1", "-W1", "203.0.113.10").ExitCode);
    }

    [SkippableFact]
    public async Task Snapshot_should_show_each_kind_of_change()
    {
        await using var net = new Topology(output);
        var before = HostSnapshot.Take(net.Client);
        Assert.Equal(before, HostSnapshot.Take(net.Client));

        foreach (var (change, undoing) in new (string, string)[]
        {
            ("ip addr add 10.9.9.9/32 dev up0", "ip addr del 10.9.9.9/32 dev up0"),
            ("ip route add 10.9.9.0/24 via 10.77.1.1 table 77", "ip route flush table 77"),
            ("ip -6 rule add fwmark 77 lookup 77", "ip -6 rule del fwmark 77"),
            ("nft add table inet change", "nft delete table inet change"),
            ("sysctl -q net.ipv4.ip_forward=1", "sysctl -q net.ipv4.ip_forward=0"),
            ("sysctl -q net.ipv4.conf.all.src_valid_mark=1", "sysctl -q net.ipv4.conf.all.src_valid_mark=0"),
        })
        {
            net.Client.Run(change.Split(' '));
            Assert.NotEqual(before, HostSnapshot.Take(net.Client));
            net.Client.Run(undoing.Split(' '));
            Assert.Equal(before, HostSnapshot.Take(net.Client));
        }
    }

    [SkippableFact]
    public async Task Payload_should_arrive_whole_when_carried_by_the_servers_own_host()
    {
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        using var visitor = new HttpVisitor(net.Server);
        var payload = new Payload(Seed: 1, Length: 1_000_003);

        Assert.Equal((payload.Sha256(), Topology.ServerOnInternet.ToString()), await visitor.Download(Topology.InternetHost, payload));
        Assert.Equal((payload.Sha256(), Topology.ServerOnInternet.ToString()), await visitor.Upload(Topology.InternetHost, payload));
    }

    [SkippableFact]
    public async Task Injector_should_put_a_packet_onto_an_interface()
    {
        await using var net = new Topology(output);
        // Before socat: its first packet would find the port closed, and it ends over that.
        using var peer = net.Server.OpenUdp(new IPEndPoint(IPAddress.Parse("10.77.1.1"), 9877));
        net.LaunchForeign(net.Client, "socat", "UDP4:10.77.1.1:9877", "TUN:10.61.0.2/32,tun-name=clienttun,iff-no-pi,iff-up");
        await Eventually.Holds("the TUN is up", TimeSpan.FromSeconds(30),
            () => net.Client.Try("ip", "link", "show", "dev", "clienttun", "up").Output.Length > 0);
        using var injector = new PacketInjector(net.Client, "clienttun");

        byte[] bytes = [1, 2, 3, 4, 5];
        injector.Send(bytes);

        var buffer = new byte[100];
        using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        // The kernel's own router solicitations come down the TUN, too.
        while (await peer.ReceiveAsync(buffer, timer.Token) != bytes.Length) ;
        Assert.Equal(bytes, buffer[..bytes.Length]);
    }
}
