using System.Security.Cryptography;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>Packets that are too long: for the tunnel, and for the path between its ends.</summary>
public sealed class NarrowPathTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Client_should_be_told_of_the_tunnels_mtu_and_its_long_packets_that_may_be_cut_should_pass()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();

        Assert.Contains("mtu=1420", Whole(net.Client.Try("ping", "-c1", "-W1", "-Mdo", "-s1393", "203.0.113.10")));
        Assert.Contains("1 received", net.Client.Ping(1, "-Mdo", "-s1392", "203.0.113.10"));
        Assert.Contains("1 received", net.Client.Ping(1, "-Mdont", "-s3000", "203.0.113.10"));
        Assert.Contains("pmtu 1420", net.Client.Run("tracepath", "-n", "203.0.113.10"));
    }

    [SkippableFact]
    public async Task Internet_should_be_told_of_the_tunnels_mtu_when_its_packet_may_not_be_cut()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await net.StartTunnel();
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
        var question = RandomNumberGenerator.GetBytes(1472);

        // The client cuts the question; the whole answer of 1500 bytes comes back with DF, and is refused.
        Assert.Null(await visitor.Ask(question, briefly: true));
        Assert.Contains("mtu 1420", net.Internet.Run("ip", "route", "get", "203.0.113.1"));

        // The internet host has heard of it and cuts the next one itself.
        Assert.Equal(question, await visitor.Ask(question));
    }

    [SkippableTheory]
    [InlineData(1500, 1420)]
    [InlineData(1492, 1412)]
    [InlineData(1300, 1280)]
    public async Task Tunnel_should_suit_the_path_that_each_end_sees(int path, int expected)
    {
        await using var net = new Topology(output);
        net.Client.Ip($"link set up0 mtu {path}");
        net.Server.Ip($"link set lan1 mtu {path}", $"link set wan0 mtu {path}");
        var (server, client) = await net.StartTunnel();

        Assert.Contains($"mtu {expected} ", net.Client.Run("ip", "link", "show", "clienttun"));
        Assert.Contains($"mtu {expected} ", net.Server.Run("ip", "link", "show", "servertun"));
        Assert.Contains($"the way to 10.77.1.1:9877 carries {path} bytes", await client.UntilLogged("tunnel MTU", TimeSpan.FromSeconds(1)));
        Assert.Contains($"the uplink carries {path} bytes", await server.UntilLogged("tunnel MTU", TimeSpan.FromSeconds(1)));
        Assert.Contains("1 received", net.Client.Ping(1, "-Mdo", $"-s{expected - 28}", "203.0.113.10"));
    }

    /// <summary>TCP goes by the smaller MTU, of which both ends tell; other long packets are taken all the same.</summary>
    [SkippableFact]
    public async Task Ends_of_different_mtu_should_serve_each_other()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartServer();
        await net.StartClient(1, "--route", "203.0.113.0/24", "--set", "udptun.tun.mtu=1280");
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
        using var browser = new HttpVisitor(net.Client);
        var (question, page) = (RandomNumberGenerator.GetBytes(1392), new Payload(Seed: 6040, 3_000_000));

        // The question leaves in two fragments of the client's MTU, the answer comes in one packet of the server's.
        Assert.Equal(question, await visitor.Ask(question));
        Assert.Equal(page.Sha256(), (await browser.Download(Topology.InternetHost, page)).Sha256);
    }

    [SkippableFact]
    public async Task Jumbo_frames_should_be_carried_whole_when_the_mtu_is_set_for_them()
    {
        await using var net = new Topology(output);
        foreach (var (host, link) in new[] { (net.Client, "up0"), (net.Server, "lan1"), (net.Server, "wan0"), (net.Internet, "eth0") })
            host.Ip($"link set {link} mtu 9200");
        await net.StartServer("--set", "udptun.tun.mtu=9000");
        await net.StartClient(1, "--route", "203.0.113.0/24", "--set", "udptun.tun.mtu=9000");

        Assert.Contains("20 received", net.Client.Ping(20, "-Mdo", "-s8972", "203.0.113.10"));
    }

    /// <summary>
    /// A router in the middle with a link of 1400 bytes behind it, of which neither end knows; and it tells nobody of packets that are
    /// too long, as firewalls that drop ICMP make it.
    /// </summary>
    [SkippableFact]
    public async Task Long_packets_should_pass_when_a_link_of_the_path_is_narrower_than_both_ends_believe_and_nobody_is_told()
    {
        await using var net = new Topology(output);
        var router = PutRouterBetween(net, "10.88.0.1/24", "10.88.0.2/24", "10.77.2.1", "10.77.2.2");
        router.Run("nft", "add table ip mute; add chain ip mute out { type filter hook output priority 0; }; "
            + "add rule ip mute out icmp type destination-unreachable drop");
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartServer();
        await net.StartClient(1, "10.77.2.1", ["--route", "203.0.113.0/24"]);
        using var browser = new HttpVisitor(net.Client);
        var page = new Payload(Seed: 6864, 5_000_000);

        Assert.Contains("5 received", net.Client.Ping(5, "-Mdo", "-s1392", "203.0.113.10"));
        Assert.Equal(page.Sha256(), (await browser.Download(Topology.InternetHost, page)).Sha256);
    }

    /// <summary>IPv6 routers cut nothing, so the ends are told: the packets before the news are lost, those behind it pass.</summary>
    [SkippableFact]
    public async Task Long_packets_should_pass_after_the_first_when_an_ipv6_path_is_narrower_than_both_ends_believe()
    {
        await using var net = new Topology(output);
        PutRouterBetween(net, "fd88::1/64", "fd88::2/64", "fd77:2::1", "fd77:2::2");
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartServer("--listen", "[::]:9877");
        await net.StartClient(1, "[fd77:2::1]", ["--route", "203.0.113.0/24"]);
        using var browser = new HttpVisitor(net.Client);
        var page = new Payload(Seed: 1981, 5_000_000);

        net.Client.Try("ping", "-c2", "-i0.2", "-W1", "-Mdo", "-s1392", "203.0.113.10");
        Assert.Contains("5 received", net.Client.Ping(5, "-Mdo", "-s1392", "203.0.113.10"));
        Assert.Equal(page.Sha256(), (await browser.Download(Topology.InternetHost, page)).Sha256);
    }

    /// <summary>Client 2's host becomes a router that passes on no more than 1400 bytes whole, in either direction.</summary>
    private static NetworkNamespace PutRouterBetween(Topology net, string near, string middle, string server, string router)
    {
        var host = net.Clients[1];
        var client = near.Split('/')[0];
        Command.Run("ip", "link", "add", "mid0", "netns", host.Name, "type", "veth", "peer", "name", "mid1", "netns", net.Client.Name);
        net.Client.Ip("link set mid1 addrgenmode none up", $"addr add {near} dev mid1{NoDad(near)}");
        host.Ip("link set mid0 addrgenmode none up", $"addr add {middle} dev mid0{NoDad(middle)}");
        // A router asks for its neighbours from its link-local address.
        host.Ip("addr add fe80::1/64 dev mid0 nodad", "addr add fe80::2/64 dev up0 nodad");
        host.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        // Routers go by a route's MTU where it is locked.
        host.Ip($"route add {server} dev up0 mtu lock 1400", $"route add {client} dev mid0 mtu lock 1400");
        net.Client.Ip($"route add {server} via {middle.Split('/')[0]}");
        net.Server.Ip($"route add {client} via {router}");
        return host;
    }

    private static string NoDad(string address) => address.Contains(':') ? " nodad" : "";

    private static string Whole(CommandResult result) => result.Output + result.Error;
}
