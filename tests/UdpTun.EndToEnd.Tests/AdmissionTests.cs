using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>Plain mode authenticates nobody: who is served, and what the served may reach.</summary>
public sealed class AdmissionTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [SkippableFact]
    public async Task Server_should_serve_nobody_outside_the_allowed_clients()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var server = await net.StartServer(
            "--set", "udptun.server.allowed-clients=[\"10.77.2.0/24\"]", "--set", "udptun.log.summary-interval=1s");
        await net.StartClient(1, "--route", "203.0.113.0/24");
        await net.StartClient(2, "--route", "203.0.113.0/24");
        using var stranger = new UdpVisitor(net.Clients[0], Topology.InternetHost);
        using var friend = new UdpVisitor(net.Clients[1], Topology.InternetHost);

        Assert.False(await stranger.IsEchoed(briefly: true));
        Assert.True(await friend.IsEchoed());
        await server.UntilLogged("ForbiddenPeer", Patience);
    }

    [SkippableFact]
    public async Task Server_should_warn_once_that_plain_mode_protects_nothing()
    {
        await using var net = new Topology(output);
        var server = await net.StartServer();

        Assert.Single(server.Log.Split('\n'), line => line.Contains("transport plain protects nothing"));
    }

    [SkippableTheory]
    [InlineData("203.0.113.1", "the server's own address")]
    [InlineData("10.77.2.1", "the server's own address on another link")]
    [InlineData("10.99.0.10", "a private address behind the server")]
    [InlineData("169.254.169.254", "the metadata address")]
    public async Task Client_should_not_reach(string destination, string why)
    {
        output.WriteLine(why);
        await using var net = await WithHiddenServices();
        var server = await net.StartServer("--set", "udptun.log.summary-interval=1s");
        await net.StartClient(1, "--route", $"{destination}/32", "--route", "203.0.113.10/32");
        using var visitor = new UdpVisitor(net.Client, IPAddress.Parse(destination));
        using var control = new UdpVisitor(net.Client, Topology.InternetHost);

        Assert.False(await visitor.IsEchoed(briefly: true));
        Assert.True(await control.IsEchoed());
        await server.UntilLogged("ForbiddenDestination", Patience);
    }

    [SkippableFact]
    public async Task Client_should_reach_a_private_address_when_allowed_destinations_open_it()
    {
        await using var net = await WithHiddenServices();
        await net.StartServer("--set", "udptun.server.allowed-destinations=[\"10.99.0.0/24\"]");
        await net.StartClient(1, "--route", "10.99.0.10/32");
        using var visitor = new UdpVisitor(net.Client, IPAddress.Parse("10.99.0.10"));

        Assert.True(await visitor.IsEchoed());
    }

    [SkippableFact]
    public async Task Server_should_serve_no_more_than_max_clients()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await net.StartServer("--set", "udptun.server.max-clients=1");
        await net.StartClient(1, "--route", "203.0.113.0/24");
        using var first = new UdpVisitor(net.Clients[0], Topology.InternetHost);
        Assert.True(await first.IsEchoed());
        await net.StartClient(2, "--route", "203.0.113.0/24");
        using var second = new UdpVisitor(net.Clients[1], Topology.InternetHost);

        Assert.False(await second.IsEchoed(briefly: true));
        Assert.True(await first.IsEchoed());
    }

    [SkippableFact]
    public async Task Client_should_take_datagrams_from_its_server_only()
    {
        await using var net = new Topology(output);
        var serverAddress = IPAddress.Parse("10.77.1.1");
        using var server = net.Server.OpenUdp(new IPEndPoint(serverAddress, 9877));
        using var stranger = net.Server.OpenUdp(new IPEndPoint(serverAddress, 9878));
        await net.StartClient(1, "--route", "203.0.113.0/24");
        var application = new IPEndPoint(Topology.InnerClient, 5555);
        using var inside = net.Client.OpenUdp(application);
        inside.SendTo([0], new IPEndPoint(Topology.InternetHost, UdpEchoHost.Port));
        using var timer = new CancellationTokenSource(Patience);
        var client = (await server.ReceiveFromAsync(new byte[2048], new IPEndPoint(IPAddress.Any, 0), timer.Token)).RemoteEndPoint;

        stranger.SendTo(Answer("from a stranger"u8), client);
        server.SendTo(Answer("from the server"u8), client);

        var buffer = new byte[100];
        var length = await inside.ReceiveAsync(buffer, timer.Token);
        Assert.Equal("from the server", System.Text.Encoding.ASCII.GetString(buffer, 0, length));
        Assert.Equal(0, inside.Available);

        byte[] Answer(ReadOnlySpan<byte> text) =>
            InternetPacket.Udp(new IPEndPoint(Topology.InternetHost, UdpEchoHost.Port), application, text);
    }

    // Services that a client could reach if the server let it: each answers to the server's host.
    private async Task<Topology> WithHiddenServices()
    {
        var net = new Topology(output);
        net.Internet.Ip("addr add 10.99.0.10/32 dev lo", "addr add 169.254.169.254/32 dev lo");
        foreach (var (host, address) in new[]
        {
            (net.Internet, "203.0.113.10"), (net.Internet, "10.99.0.10"), (net.Internet, "169.254.169.254"),
            (net.Server, "203.0.113.1"), (net.Server, "10.77.2.1"),
        })
        {
            net.Use(new UdpEchoHost(host, IPAddress.Parse(address)));
            using var neighbour = new UdpVisitor(net.Server, IPAddress.Parse(address));
            Assert.True(await neighbour.IsEchoed());
        }

        return net;
    }
}
