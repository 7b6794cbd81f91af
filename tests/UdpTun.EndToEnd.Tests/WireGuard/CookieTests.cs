using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.WireGuard;

/// <summary>A server that others flood with calls: its client has to show a cookie, and gets in with it.</summary>
[Collection(Alone.Name)]
public sealed class CookieTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task Client_should_get_into_a_wireguard_go_under_load_by_its_cookie()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var call = await StrangersCall.Make(net, net.Clients[1], files);
        await WireGuardGo.Start(net, net.Server, files.ServerSetConf(), "10.61.0.1/24");

        await ExpectCookie(net, call, "10.61.0.1", () =>
            net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1")).UntilLogged("has a session", Patience));
    }

    /// <summary>With two shards their load is one: flood and client may be on different ones.</summary>
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Wireguard_go_should_get_into_a_server_under_load_by_its_cookie(int shards)
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var call = await StrangersCall.Make(net, net.Clients[1], files);
        var server = net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", "--set", $"udptun.shards={shards}", .. files.ServerArguments]);
        await server.UntilReady();

        await ExpectCookie(net, call, "203.0.113.10", () =>
            WireGuardGo.Start(net, net.Client, files.ClientSetConf("10.77.1.1"), "10.61.0.2/32", "203.0.113.0/24"));
    }

    private static async Task ExpectCookie(Topology net, byte[] call, string inner, Func<Task> startClient)
    {
        // The lengths are those of a UDP header and a cookie reply, an initiation or a response; the second mac ends an initiation.
        var toFlood = new PacketCount(net.Server, "postrouting", "ip daddr 10.77.2.2 udp sport 9877 udp length 72");
        var cookies = new PacketCount(net.Server, "postrouting", "ip daddr 10.77.1.2 udp sport 9877 udp length 72");
        var bare = new PacketCount(net.Server, "prerouting", "ip saddr 10.77.1.2 udp dport 9877 udp length 156 @th,1120,128 0");
        var signed = new PacketCount(net.Server, "prerouting", "ip saddr 10.77.1.2 udp dport 9877 udp length 156 @th,1120,128 != 0");
        var responses = new PacketCount(net.Server, "postrouting", "ip daddr 10.77.1.2 udp sport 9877 udp length 100");
        using var flood = new HandshakeFlood(net.Clients[1], IPEndPoint.Parse("10.77.2.1:9877"), call);
        await Eventually.Holds("the server is under load", Patience, () => toFlood.Read() > 0);

        await startClient();
        await Eventually.Holds("the client has its session", Patience, () => net.Client.Try("ping", "-c1", "-W1", inner).ExitCode == 0);

        Assert.NotEqual(0, bare.Read());
        Assert.NotEqual(0, cookies.Read());
        Assert.NotEqual(0, signed.Read());
        Assert.InRange(responses.Read(), 1, signed.Read());
    }
}
