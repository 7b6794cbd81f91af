using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What breaks under a running tunnel heals by itself, and the sessions outlive it.</summary>
public sealed class RecoveryTests(ITestOutputHelper output)
{
    private const int LocalPort = 25000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableTheory]
    [InlineData("server", "link del servertun")]
    [InlineData("server", "link set servertun down")]
    [InlineData("client", "link del clienttun")]
    [InlineData("client", "link set clienttun down")]
    public async Task Sessions_should_be_kept_when_the_tun_is_lost(string role, string loss)
    {
        await using var net = new Topology(output);
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var (server, client) = await net.StartTunnel("--set", "udptun.reopen.check-interval=500ms");
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost, LocalPort);
        Assert.True(await visitor.IsEchoed());
        var session = Assert.Single(await server.Sessions()).Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];

        (role == "server" ? net.Server : net.Client).Ip(loss);

        await Eventually.Holds($"the tunnel carries packets again after 'ip {loss}'", Patience, () => visitor.IsEchoed(briefly: true));
        Assert.Contains(await server.Sessions(), row => row.Contains(session));
        Assert.Single(echo.Senders);
        Assert.False(server.HasExited || client.HasExited);
    }

    [SkippableTheory]
    [InlineData(Libc.SIGTERM)]
    [InlineData(Libc.SIGKILL)]
    public async Task Client_should_recover_by_itself_when_the_server_restarts(int signal)
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var (server, client) = await net.StartTunnel();
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost, LocalPort);
        Assert.True(await visitor.IsEchoed());

        await server.Stop(signal);
        // The client meets a closed port meanwhile.
        Assert.False(await visitor.IsEchoed(briefly: true));
        await net.StartServer();

        await Eventually.Holds("the tunnel carries packets again", Patience, () => visitor.IsEchoed(briefly: true));
        Assert.False(client.HasExited);
    }

    [SkippableFact]
    public async Task Client_should_recover_by_itself_when_it_started_before_the_server()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await net.StartClient(1, "--route", "203.0.113.0/24");
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
        Assert.False(await visitor.IsEchoed(briefly: true));

        await net.StartServer();

        await Eventually.Holds("the tunnel carries packets", Patience, () => visitor.IsEchoed(briefly: true));
    }

    [SkippableFact]
    public async Task Tunnel_should_carry_packets_again_when_the_clients_link_was_down()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await net.StartTunnel();
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
        Assert.True(await visitor.IsEchoed());

        net.Client.Ip("link set up0 down");
        Assert.False(await visitor.IsEchoed(briefly: true));
        net.Client.Ip("link set up0 up");

        await Eventually.Holds("the tunnel carries packets again", Patience, () => visitor.IsEchoed(briefly: true));
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Sessions_should_be_kept_by_a_server_that_is_stopped_before_it_has_begun()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var (server, _) = await net.StartTunnel();
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost, LocalPort);
        Assert.True(await visitor.IsEchoed());
        Assert.Equal(0, await server.Stop());

        string[] again = ["--role", "server", "--exit", "masquerade", .. Topology.Plain, .. Topology.OneShard];
        for (var times = 0; times < 2; times++)
        {
            var hasty = net.Launch(net.Server, again);
            await hasty.UntilLogged("of the last run go on: sessions 1", Patience);
            Assert.Equal(0, await hasty.Stop());
        }
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Own)]
    [InlineData("masquerade", "on")]
    [InlineData("port-range", "on")]
    [InlineData("port-range", "off")]
    public async Task Connection_should_go_on_when_the_server_is_stopped_and_started(string exit, string offload)
    {
        await using var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        var server = await net.StartServer(exit, []);
        var connection = await Connect(net);
        connection.Up();
        var before = Assert.Single(await server.Sessions());

        Assert.Equal(0, await server.Stop());
        var again = await net.StartServer(exit, []);

        connection.Up();
        connection.Down();
        // The same outer port, or the far end would not have known the connection.
        var after = Assert.Single(await again.Sessions());
        Assert.Equal(Outer(before), Outer(after));
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Own)]
    [InlineData("masquerade", "on")]
    [InlineData("port-range", "on")]
    [InlineData("port-range", "off")]
    public async Task Download_should_arrive_whole_when_the_server_is_stopped_and_started_meanwhile(string exit, string offload)
    {
        await using var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        var server = await net.StartServer(exit, []);
        var (near, far) = await Connect(net);
        await using var arriving = new NetworkStream(near);
        await using var leaving = new NetworkStream(far);
        // The second part is more than all buffers on the way hold, so most of it is yet to come when the first one is there.
        var (first, second) = (new Payload(1, 10_000_000), new Payload(2, 60_000_000));
        var sending = Send();
        Assert.Equal(first.Sha256(), await Payload.Sha256Of(arriving, first.Length).WaitAsync(Patience));

        Assert.Equal(0, await server.Stop());
        var rest = Payload.Sha256Of(arriving, second.Length); // the window opens again while there is no server
        await net.StartServer(exit, []);

        Assert.Equal(second.Sha256(), await rest.WaitAsync(TimeSpan.FromSeconds(60)));
        await sending;

        async Task Send()
        {
            await first.WriteTo(leaving);
            await second.WriteTo(leaving);
        }
    }

    /// <summary>A connection of a new client to the internet host.</summary>
    private static async Task<TcpPair> Connect(Topology net)
    {
        await net.StartClient(1, "--route", "203.0.113.0/24");
        return TcpPair.Connect(net, net.Client, Topology.InternetHost);
    }

    private static string Outer(string session) => session.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
}
