using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>
/// Two clients that look alike from inside the tunnel: the same inner address, ports and echo identifiers. The article's
/// reference program mixes such clients up, loses their pings and keeps every session for ever; each of these is a test here.
/// </summary>
public sealed class SeveralClientsTests(ITestOutputHelper output)
{
    private const int SamePort = 25000;
    private const ushort SameIdentifier = 4711;

    [SkippableFact]
    public async Task Udp_should_go_back_to_its_own_client_when_two_use_one_inner_endpoint()
    {
        await using var net = await WithTwoClients();
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        using var first = new UdpVisitor(net.Clients[0], Topology.InternetHost, SamePort);
        using var second = new UdpVisitor(net.Clients[1], Topology.InternetHost, SamePort);

        for (var i = 0; i < 100; i++)
            Assert.All(await Task.WhenAll(first.IsEchoed(), second.IsEchoed()), Assert.True);

        Assert.Equal(2, echo.Senders.Count());
        Assert.All(echo.Senders, sender => Assert.Equal(Topology.ServerOnInternet, sender.Address));
    }

    [SkippableFact]
    public async Task Ping_should_go_back_to_its_own_client_when_two_use_one_identifier()
    {
        await using var net = await WithTwoClients();
        using var first = new PingVisitor(net.Clients[0], SameIdentifier);
        using var second = new PingVisitor(net.Clients[1], SameIdentifier);

        var replies = await Task.WhenAll(
            first.Ping(Topology.InternetHost, count: 100, mark: 1), second.Ping(Topology.InternetHost, count: 100, mark: 2));

        Assert.All(replies, counts => Assert.Equal((100, 0), counts));
    }

    [SkippableFact]
    public async Task Download_should_arrive_whole_when_two_clients_fetch_at_once()
    {
        await using var net = await WithTwoClients();
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        var payloads = new[] { new Payload(1, 10_000_000), new Payload(2, 10_000_000) };

        var hashes = await Task.WhenAll(net.Clients.Zip(payloads, async (client, payload) =>
        {
            using var visitor = new HttpVisitor(client);
            return (await visitor.Download(Topology.InternetHost, payload)).Sha256;
        }));

        Assert.Equal(payloads.Select(payload => payload.Sha256()), hashes);
    }

    [SkippableFact]
    public async Task Answers_should_not_be_mixed_up_when_many_endpoints_talk_at_once()
    {
        await using var net = await WithTwoClients();
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        using var pings = new PingVisitor(net.Clients[0], SameIdentifier);
        var visitors = Enumerable.Range(0, 40)
            .Select(i => net.Use(new UdpVisitor(net.Clients[i % 2], Topology.InternetHost, SamePort + i / 2))).ToArray();

        var ping = pings.Ping(Topology.InternetHost, count: 100, mark: 7);
        var echoed = await Task.WhenAll(visitors.Select(async visitor =>
        {
            var own = 0;
            for (var i = 0; i < 25; i++) own += await visitor.IsEchoed() ? 1 : 0;
            return own;
        }));

        Assert.All(echoed, own => Assert.Equal(25, own));
        Assert.Equal((100, 0), await ping);
    }

    [SkippableFact]
    public async Task Session_should_expire_when_idle_and_open_again_when_used()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var (server, _) = await net.StartTunnel(
            "--set", "udptun.nat.timeouts.udp=6s", "--set", "udptun.nat.timeouts.icmp=6s", "--set", "udptun.nat.sweep-interval=200ms");
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost, SamePort);

        Assert.True(await visitor.IsEchoed());
        net.Client.Ping(1, "203.0.113.10");
        var open = await server.Sessions();
        Assert.Contains(open, row => row.Contains("udp-") && row.Contains("203.0.113.10") && row.Contains($"10.61.0.2:{SamePort}"));
        Assert.Contains(open, row => row.Contains("icmp-"));

        await Eventually.Holds("all sessions expired", TimeSpan.FromSeconds(30), async () => (await server.Sessions()).Count == 0);
        Assert.True(await visitor.IsEchoed());
    }

    private async Task<Topology> WithTwoClients()
    {
        var net = new Topology(output);
        await net.StartServer();
        await Task.WhenAll(net.StartClient(1, "--route", "203.0.113.0/24"), net.StartClient(2, "--route", "203.0.113.0/24"));
        return net;
    }
}
