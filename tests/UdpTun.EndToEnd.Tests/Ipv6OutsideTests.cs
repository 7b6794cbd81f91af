using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>The tunnel's own datagrams over IPv6, alone and beside IPv4.</summary>
public sealed class Ipv6OutsideTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Tunnel_should_carry_ping_and_a_download_over_ipv6()
    {
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        var plain = new PacketCount(net.Server, "prerouting", "iifname lan1 meta nfproto ipv4");
        await net.StartServer("--listen", "[fd77:1::1]:9877");
        await net.StartClient(1, "[fd77:1::1]:9877", ["--route", "203.0.113.0/24"]);
        using var browser = new HttpVisitor(net.Client);
        var page = new Payload(Seed: 8200, 20_000_000);

        Assert.Contains("5 received", net.Client.Ping(5, "203.0.113.10"));
        Assert.Equal(page.Sha256(), (await browser.Download(Topology.InternetHost, page)).Sha256);
        Assert.Equal(0, plain.Read());
    }

    [SkippableFact]
    public async Task Dual_stack_server_should_serve_an_ipv4_and_an_ipv6_client_at_once()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await net.StartServer("--listen", "[::]:9877");
        await Task.WhenAll(
            net.StartClient(1, "10.77.1.1", ["--route", "203.0.113.0/24"]),
            net.StartClient(2, "[fd77:2::1]", ["--route", "203.0.113.0/24"]));
        var visitors = net.Clients.Select(client => net.Use(new UdpVisitor(client, Topology.InternetHost, 25000))).ToArray();

        for (var round = 0; round < 10; round++)
            Assert.All(await Task.WhenAll(visitors.Select(visitor => visitor.IsEchoed())), Assert.True);
    }

    /// <summary>A client takes nothing but datagrams of the very address that it sends to, so an answer shows where it came from.</summary>
    [SkippableTheory]
    [InlineData("[fd77:1::1]", "[fd77:1::99]")]
    [InlineData("10.77.1.1", "10.77.0.1")]
    public async Task Dual_stack_server_should_answer_from_whichever_of_its_addresses_was_asked(string one, string other)
    {
        await using var net = new Topology(output);
        net.GiveClientDefaultRoute();
        net.Server.Ip("addr add fd77:1::99/64 dev lan1 nodad");
        await net.StartServer("--listen", "[::]:9877");
        foreach (var address in (string[])[one, other])
        {
            var client = await net.StartClient(1, address, ["--route", "203.0.113.0/24"]);
            Assert.Contains("3 received", net.Client.Ping(3, "203.0.113.10"));
            Assert.Equal(0, await client.Stop());
        }
    }

    [SkippableTheory]
    [InlineData("10.77.1.1", "10.77.2.0/24")]
    [InlineData("[fd77:1::1]", "10.0.0.0/8")]
    public async Task Dual_stack_server_should_refuse_clients_that_are_not_allowed_in_either_family(string server, string allowed)
    {
        await using var net = new Topology(output);
        var process = await net.StartServer(
            "--listen", "[::]:9877", "--set", $"udptun.server.allowed-clients={allowed}", "--set", "udptun.log.summary-interval=1s");
        await net.StartClient(1, server, ["--route", "203.0.113.0/24"]);

        Assert.Contains("100% packet loss", net.Client.Try("ping", "-c2", "-i0.2", "-W1", "203.0.113.10").Output);
        await process.UntilLogged("ForbiddenPeer=2", TimeSpan.FromSeconds(5));
    }

    [SkippableFact]
    public async Task Everything_should_go_into_the_tunnel_but_its_own_datagrams_when_they_are_ipv6()
    {
        await using var net = new Topology(output);
        net.GiveClientDefaultRoute();
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        // The client reaches this address of the server over its default route only: the one that the tunnel takes over.
        net.Server.Ip("addr add fd77::1/128 dev lo");
        await net.StartServer("--listen", "[::]:9877");
        var client = await net.StartClient(1, "[fd77::1]", ["--route", "default"]);
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);

        Assert.True(await visitor.IsEchoed());
        Assert.Equal(Topology.ServerOnInternet, Assert.Single(echo.Senders).Address);
        Assert.Contains("dev clienttun", net.Client.Run("ip", "route", "get", "8.8.8.8"));
        Assert.Contains("dev clienttun", net.Client.Run("ip", "route", "get", "2001:db8:8::8"));

        Assert.Equal(0, await client.Stop());
        Assert.Contains("dev up0", net.Client.Run("ip", "route", "get", "2001:db8:8::8"));
    }

    [SkippableFact]
    public async Task Client_should_take_the_servers_next_address_when_no_route_leads_to_the_first()
    {
        await using var net = new Topology(output);
        // Each namespace has a resolver's files of its own where ip-netns(8) looks for them.
        var files = Directory.CreateDirectory($"/etc/netns/{net.Client.Name}");
        try
        {
            File.WriteAllText($"{files.FullName}/hosts", "2001:db8:dead::1 vpn.example\n10.77.1.1 vpn.example\n");
            await net.StartServer();
            var client = await net.StartClient(1, "vpn.example", ["--route", "203.0.113.0/24"]);

            await client.UntilLogged("the way to 10.77.1.1:9877", TimeSpan.FromSeconds(1));
            Assert.Contains("3 received", net.Client.Ping(3, "203.0.113.10"));
        }
        finally
        {
            files.Delete(recursive: true);
        }
    }
}
