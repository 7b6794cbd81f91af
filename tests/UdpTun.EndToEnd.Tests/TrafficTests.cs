using System.Net;
using System.Security.Cryptography;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What a user sends through the tunnel: ping, UDP, HTTP.</summary>
public sealed class TrafficTests(ITestOutputHelper output)
{
    private const long HundredMegabytes = 100_000_000;

    [SkippableFact]
    public async Task Ping_should_be_answered_by_the_internet_host()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();

        var ping = net.Client.Ping(5, "203.0.113.10");

        Assert.Contains("5 received", ping);
    }

    [SkippableFact]
    public async Task Gateway_should_answer_ping_when_it_is_routed_into_the_tunnel()
    {
        await using var net = new Topology(output);
        await net.StartServer();
        await net.StartClient(1, "--route", "192.168.61.1/32");

        Assert.Contains("3 received", net.Client.Ping(3, "192.168.61.1"));
    }

    [SkippableFact]
    public async Task Gateway_should_pass_nothing_but_ping_on_to_the_server()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Server, IPAddress.Any));
        await net.StartServer();
        await net.StartClient(1, "--route", "192.168.61.1/32");
        using var visitor = new UdpVisitor(net.Client, Topology.Gateway);

        Assert.False(await visitor.IsEchoed(briefly: true));
    }

    [SkippableFact]
    public async Task Udp_should_come_back_unchanged_in_every_size_that_the_tunnel_carries()
    {
        await using var net = new Topology(output);
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await net.StartTunnel();
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);

        // 1392 bytes fill the MTU of 1420 with an IPv4 and a UDP header.
        for (var size = 0; size <= 1392; size += 16)
        {
            var question = RandomNumberGenerator.GetBytes(size);
            Assert.Equal(question, await visitor.Ask(question));
        }

        Assert.Equal(Topology.ServerOnInternet, Assert.Single(echo.Senders).Address);
    }

    [SkippableFact]
    public async Task Download_should_arrive_whole_when_100_megabytes_long()
    {
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartTunnel();
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 20170928, HundredMegabytes);

        var (hash, seenFrom) = await visitor.Download(Topology.InternetHost, payload);

        Assert.Equal(payload.Sha256(), hash);
        Assert.Equal(Topology.ServerOnInternet.ToString(), seenFrom);
    }

    [SkippableFact]
    public async Task Upload_should_arrive_whole_when_100_megabytes_long()
    {
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartTunnel();
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 9877, HundredMegabytes);

        var (hash, seenFrom) = await visitor.Upload(Topology.InternetHost, payload);

        Assert.Equal(payload.Sha256(), hash);
        Assert.Equal(Topology.ServerOnInternet.ToString(), seenFrom);
    }

    /// <summary>An end with offload and one without understand each other: on the wire it is one packet a datagram either way.</summary>
    [SkippableTheory]
    [InlineData("tun", "client")]
    [InlineData("tun", "server")]
    [InlineData("udp", "client")]
    [InlineData("udp", "server")]
    public async Task Transfers_should_arrive_whole_when_one_end_goes_without_offload(string which, string end)
    {
        string[] off = ["--set", $"udptun.{which}.offload=off"];
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartServer(end == "server" ? off : []);
        await net.StartClient(1, ["--route", "203.0.113.0/24", .. end == "client" ? off : []]);
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 4711, 20_000_000);

        Assert.Equal(payload.Sha256(), (await visitor.Download(Topology.InternetHost, payload)).Sha256);
        Assert.Equal(payload.Sha256(), (await visitor.Upload(Topology.InternetHost, payload)).Sha256);
    }
}
