using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>
/// Destinations that see the clients' own addresses (RFC 6888 section 4, REQ-6). The internet host stands in such a network too, as
/// 198.51.100.1, and knows the way back to 10.61.0.0/16 by the server.
/// </summary>
public sealed class UntranslatedTests(ITestOutputHelper output)
{
    private const int SamePort = 25000;

    private static readonly IPAddress Site = IPAddress.Parse("198.51.100.1");

    [SkippableTheory]
    [InlineData("masquerade")]
    [InlineData("port-range")]
    [InlineData("routed")]
    public async Task Configured_destination_should_see_the_inner_address_and_others_the_outer_one(string exit)
    {
        await using var net = await Start(exit);
        var (site, internet) = (net.Use(new UdpEchoHost(net.Internet, Site)), net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost)));
        using var toSite = new UdpVisitor(net.Client, Site, SamePort);
        using var toInternet = new UdpVisitor(net.Client, Topology.InternetHost, SamePort + 1);

        Assert.True(await toSite.IsEchoed());
        Assert.True(await toInternet.IsEchoed());

        Assert.Equal(new IPEndPoint(Topology.InnerClient, SamePort), Assert.Single(site.Senders));
        Assert.NotEqual(Topology.InnerClient, Assert.Single(internet.Senders).Address);
        Assert.Equal(0, net.Client.TryPing(1, $"{Site}").ExitCode);
        Assert.Equal(Topology.InnerClient, TcpSource(net));
    }

    [SkippableFact]
    public async Task Second_client_should_be_refused_one_inner_endpoint_and_have_another()
    {
        await using var net = await Start("port-range");
        net.Use(new UdpEchoHost(net.Internet, Site));
        await net.StartClient(2, Routes);
        using var first = new UdpVisitor(net.Clients[0], Site, SamePort);
        using var second = new UdpVisitor(net.Clients[1], Site, SamePort);
        using var other = new UdpVisitor(net.Clients[1], Site, SamePort + 1);

        Assert.True(await first.IsEchoed());
        Assert.False(await second.IsEchoed(briefly: true));
        Assert.True(await other.IsEchoed());
        Assert.True(await first.IsEchoed());
    }

    [SkippableFact]
    public async Task Host_should_be_as_before_when_the_server_is_stopped()
    {
        await using var net = new Topology(output);
        var before = HostSnapshot.Take(net.Server);
        var server = await net.StartServer("port-range", Settings);
        Assert.Contains("10.61.0.0/16 dev servertun", HostSnapshot.Take(net.Server));

        Assert.Equal(0, await server.Stop());

        Assert.Equal(before, HostSnapshot.Take(net.Server));
    }

    private static readonly string[] Routes = ["--route", "203.0.113.0/24", "--route", "198.51.100.0/24"];

    private static readonly string[] Settings =
    [
        "--set", "udptun.nat.untranslated-destinations=198.51.100.0/24", "--set", "udptun.server.inner-routes=10.61.0.0/16",
        "--set", "udptun.server.routed-addresses=203.0.113.20",
    ];

    private async Task<Topology> Start(string exit)
    {
        var net = new Topology(output);
        net.Internet.Ip($"addr add {Site}/32 dev lo", $"route add 10.61.0.0/16 via {Topology.ServerOnInternet}");
        await net.StartServer(exit, Settings);
        await net.StartClient(1, Routes);
        return net;
    }

    private static IPAddress TcpSource(Topology net)
    {
        using var listener = net.Internet.OpenTcp(AddressFamily.InterNetwork);
        listener.Bind(new IPEndPoint(Site, 0));
        listener.Listen();
        using var socket = net.Client.OpenTcp(AddressFamily.InterNetwork);
        socket.Connect(listener.LocalEndPoint!);
        using var accepted = listener.Accept();
        return ((IPEndPoint)accepted.RemoteEndPoint!).Address;
    }
}
