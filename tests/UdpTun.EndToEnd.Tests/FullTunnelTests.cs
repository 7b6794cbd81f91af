using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>
/// A client that sends everything into the tunnel but the tunnel's own datagrams, on a host with another way to everywhere.
/// </summary>
public sealed partial class FullTunnelTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Everything_should_go_into_the_tunnel_when_the_route_is_default()
    {
        await using var net = new Topology(output);
        net.GiveClientDefaultRoute();
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        // The client reaches this address of the server over its default route only: the one that the tunnel takes over.
        await net.StartServer("--listen", $"{Topology.DistantServer}:9877");
        var client = await net.StartClient(1, Topology.DistantServer.ToString(), ["--route", "default"]);
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);

        Assert.True(await visitor.IsEchoed());
        Assert.Equal(Topology.ServerOnInternet, Assert.Single(echo.Senders).Address);
        Assert.Contains("dev clienttun", net.Client.Run("ip", "route", "get", "8.8.8.8"));
        // Its own network stays where it is.
        Assert.Contains("dev up0", net.Client.Run("ip", "route", "get", "10.77.1.1"));
        Assert.Contains("dev up0", net.Client.Run("ip", "route", "get", "fd77:1::1"));

        Assert.Equal(0, await client.Stop());
        Assert.Contains("dev up0", net.Client.Run("ip", "route", "get", "8.8.8.8"));
    }

    [SkippableFact]
    public async Task Server_with_a_name_should_be_called_though_the_name_server_is_behind_the_tunnel_from_now_on()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        net.GiveClientDefaultRoute();
        await net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", .. files.ServerArguments]).UntilReady();
        using var names = new NameServer(net.Server, Topology.DistantServer, Topology.DistantServer, asking: net.Client);
        // Asked before the routes are changed, it answers; afterwards there is no way to it but by the tunnel.
        var client = net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("vpn.example", allowed: "0.0.0.0/0"));
        await client.UntilReady();
        await client.UntilLogged($"has a session, at {Topology.DistantServer}", TunnelProcess.StartLimit);
        net.Client.Ping(1, $"{Topology.InternetHost}");
    }

    [SkippableFact]
    public async Task Ipv6_should_not_leak_around_a_full_tunnel()
    {
        await using var net = new Topology(output);
        net.GiveClientDefaultRoute();
        CountIpv6OnClientsLink(net);
        net.Client.Try("ping", "-c1", "-W1", "2001:db8::10");
        Assert.Equal(1, Ipv6Packets(net));
        await net.StartServer("--listen", $"{Topology.DistantServer}:9877");
        var client = await net.StartClient(1, Topology.DistantServer.ToString(), ["--route", "default"]);

        net.Client.Try("ping", "-c3", "-i0.2", "-W1", "2001:db8::10");
        Assert.Equal(1, Ipv6Packets(net));

        await client.Stop();
        net.Client.Try("ping", "-c1", "-W1", "2001:db8::10");
        Assert.Equal(2, Ipv6Packets(net));
    }

    [SkippableFact]
    public async Task Ipv6_should_not_leak_around_a_full_tunnel_that_has_no_ipv6()
    {
        await using var net = new Topology(output);
        net.GiveClientDefaultRoute();
        CountIpv6OnClientsLink(net);
        await net.StartServer("--listen", $"{Topology.DistantServer}:9877");
        await net.StartClient(1, Topology.DistantServer.ToString(), ["--route", "default", "--set", "udptun.client.address6=\"\""]);

        net.Client.Try("ping", "-c3", "-i0.2", "-W1", "2001:db8::10");

        Assert.Equal(0, Ipv6Packets(net));
    }

    private static void CountIpv6OnClientsLink(Topology net) => net.Server.Run(
        "nft",
        """
        table ip6 leak {
            counter seen { }
            chain arriving {
                type filter hook prerouting priority 0;
                iifname lan1 ip6 daddr 2001:db8::/32 counter name seen
            }
        }
        """);

    private static int Ipv6Packets(Topology net) =>
        int.Parse(Packets().Match(net.Server.Run("nft", "list", "counter", "ip6", "leak", "seen")).Groups[1].Value);

    [GeneratedRegex(@"packets (\d+)")]
    private static partial Regex Packets();
}
