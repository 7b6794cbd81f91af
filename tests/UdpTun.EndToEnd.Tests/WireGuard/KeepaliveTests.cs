using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.WireGuard;

/// <summary>
/// A client in a home network, whose router forgets it soon:
/// <code>
///   client 2                        client 1 (the router, which masquerades)
///   up0 192.168.7.2/24 ------------ in0 192.168.7.1/24    up0 10.77.1.2 ---- server ---- internet
/// </code>
/// </summary>
public sealed class KeepaliveTests(ITestOutputHelper output)
{
    /// <summary>
    /// Twice what the router remembers, which in turn is a few of a client's keepalives, and less than the 10 s after which the server would confirm
    /// what it has received.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(9);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [InlineData("udptun", 1)]
    [InlineData("udptun", 0)]
    [InlineData("wireguard-go", 1)]
    [InlineData("wireguard-go", 0)]
    public async Task Client_behind_a_nat_should_be_reached_after_a_silence_when_it_keeps_itself_alive(string program, int keepalive)
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var (router, home) = (net.Client, net.Clients[1]);
        PutBehind(router, home, net);
        var server = net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", .. TunnelTopology.OneShard, .. files.ServerArguments]);
        await server.UntilReady();
        await StartClient(net, files, program, home, $"PersistentKeepalive = {keepalive}");
        using var friend = net.Internet.OpenUdp(new IPEndPoint(Topology.InternetHost, 4000));
        using var client = home.OpenUdp(new IPEndPoint(IPAddress.Any, 0));

        // Until the tunnel stands, what is sent may be lost.
        await Eventually.Holds("the client's datagram arrives", Patience, () =>
        {
            client.SendTo("first"u8, friend.LocalEndPoint!);
            return Arrives(friend, 1000);
        });
        var whence = Drain(friend);
        friend.SendTo("at once"u8, whence);
        Assert.True(Arrives(client, 5000));
        Drain(client);
        client.SendTo("last"u8, friend.LocalEndPoint!); // the client has nothing to confirm after its own word
        Assert.True(Arrives(friend, 5000));
        Drain(friend);

        await Task.Delay(Silence);
        friend.SendTo("late"u8, whence);

        Assert.Equal(keepalive > 0, Arrives(client, 3000));
    }

    private static void PutBehind(NetworkNamespace router, NetworkNamespace home, Topology net)
    {
        net.Server.Ip("link del lan2");
        router.Ip($"link add in0 type veth peer name up0 netns {home.Name}", "addr add 192.168.7.1/24 dev in0", "link set in0 up");
        home.Ip("addr add 192.168.7.2/24 dev up0", "link set up0 up", "route add default via 192.168.7.1");
        router.Run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        router.Run("nft", "add table ip home; add chain ip home nat { type nat hook postrouting priority srcnat; }; "
            + "add rule ip home nat oifname up0 masquerade; add chain ip home stray { type filter hook input priority 0; }; add rule ip home stray iifname up0 meta l4proto udp drop");
        // The kernel's own are 30 s and 120 s.
        router.Run("sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=4", "net.netfilter.nf_conntrack_udp_timeout_stream=4");
    }

    private static async Task StartClient(Topology net, SecureFiles files, string program, NetworkNamespace home, string keepalive)
    {
        if (program == "udptun")
        {
            var client = net.Launch(home, "--role", "client", "--config", files.ClientConf("10.77.1.1", keepalive));
            await client.UntilLogged("has a session", Patience);
        }
        else
        {
            await WireGuardGo.Start(net, home, files.ClientSetConf("10.77.1.1", keepalive), "10.61.0.2/32", "203.0.113.0/24");
        }
    }

    private static bool Arrives(Socket at, int milliseconds) => at.Poll(TimeSpan.FromMilliseconds(milliseconds), SelectMode.SelectRead);

    /// <summary>Reads all that has arrived; the last sender.</summary>
    private static EndPoint Drain(Socket at)
    {
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        do at.ReceiveFrom(new byte[2048], ref sender);
        while (at.Available > 0);
        return sender;
    }
}
