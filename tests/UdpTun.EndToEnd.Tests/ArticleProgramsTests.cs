using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>The article's four programs, in its order.</summary>
public sealed class ArticleProgramsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [SkippableFact]
    public async Task Dump_should_print_each_packet_when_it_attaches_to_a_prepared_tun()
    {
        await using var net = new Topology(output);
        // As the article does it: first the device and the route, then the program.
        net.Client.Ip("tuntap add dev dummytun mode tun", "link set dummytun up", "route add 198.51.100.7 dev dummytun");
        var dump = net.Launch(net.Client, "--role", "dump", "--tun", "dummytun");
        await dump.UntilReady();

        net.Client.Try("ping", "-c1", "-W1", "-s100", "198.51.100.7");
        using var udp = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 40000));
        udp.SendTo([1, 2, 3], new IPEndPoint(IPAddress.Parse("198.51.100.7"), 53));

        var icmp = await dump.UntilPrinted("echo request", Patience);
        Assert.Contains("ICMP", icmp);
        Assert.Contains("10.77.1.2", icmp);
        Assert.Contains("198.51.100.7", icmp);
        Assert.Contains("128", icmp);
        var datagram = await dump.UntilPrinted("UDP", Patience);
        Assert.Contains("10.77.1.2:40000", datagram);
        Assert.Contains("198.51.100.7:53", datagram);
        Assert.Equal(0, await dump.Stop());
        Assert.Contains("dummytun", net.Client.Run("ip", "link"));
    }

    [SkippableFact]
    public async Task Dump_should_print_the_bytes_when_asked_for_hex()
    {
        await using var net = new Topology(output);
        var dump = net.Launch(net.Client, "--role", "dump", "--tun", "dumptun", "--hex");
        await dump.UntilReady();
        net.Client.Ip("route add 198.51.100.7 dev dumptun");

        net.Client.Try("ping", "-c1", "-W1", "-p", "c0ffee", "198.51.100.7");

        await dump.UntilPrinted("c0 ff ee", Patience);
        Assert.Equal(0, await dump.Stop(Libc.SIGINT));
        Assert.DoesNotContain("dumptun", net.Client.Run("ip", "link"));
    }

    [SkippableFact]
    public async Task Echo_should_answer_ping_to_any_address_routed_into_it()
    {
        await using var net = new Topology(output);
        var echo = net.Launch(net.Client, "--role", "echo");
        await echo.UntilReady();
        net.Client.Ip("route add 198.51.100.0/24 dev echotun", "route add 2001:db8:1::/64 dev echotun");

        Assert.Contains("3 received", net.Client.Ping(3, "198.51.100.7"));
        Assert.Contains("3 received", net.Client.Ping(3, "-s1300", "198.51.100.8"));
        Assert.Contains("3 received", net.Client.Ping(3, "2001:db8:1::7"));
        Assert.Equal(0, await echo.Stop());
    }

    [SkippableFact]
    public async Task Server_should_answer_ping_itself_when_its_exit_is_echo()
    {
        await using var net = new Topology(output);
        await net.StartServer("echo", []);
        await net.StartClient(1, "--route", "198.51.100.0/24");

        // Nobody in this world has that address.
        Assert.Contains("3 received", net.Client.Ping(3, "198.51.100.7"));
    }

    [SkippableFact]
    public async Task Tunnel_should_carry_a_page_to_the_client()
    {
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartTunnel();
        using var visitor = new HttpVisitor(net.Client);
        var page = new Payload(Seed: 61, Length: 12_345);

        Assert.Equal((page.Sha256(), Topology.ServerOnInternet.ToString()), await visitor.Download(Topology.InternetHost, page));
    }
}
