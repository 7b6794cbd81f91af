using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Harness.Shards;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>A server of two shards, over the plain transport where it does not matter.</summary>
public sealed class ShardsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Own)]
    [InlineData("masquerade", "on")]
    [InlineData("port-range", "on")]
    [InlineData("port-range", "off")]
    [InlineData("routed", "on")]
    public async Task Traffic_of_clients_of_both_shards_should_arrive_whole(string exit, string offload)
    {
        await using var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        net.Use(new HttpHost(net.Internet, Topology.InternetHost6));
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost6));
        await PlainShards.Start(net, exit);
        var payloads = new[] { new Payload(1, 10_000_000), new Payload(2, 10_000_000) };

        var hashes = await Task.WhenAll(net.Clients.Zip(payloads, async (client, payload) =>
        {
            using var visitor = new HttpVisitor(client);
            var down = await visitor.Download(Topology.InternetHost, payload);
            var up = await visitor.Upload(Topology.InternetHost, payload);
            var down6 = await visitor.Download(Topology.InternetHost6, payload);
            return (down.Sha256, up.Sha256, down6.Sha256);
        }));

        Assert.Equal(payloads.Select(payload => (payload.Sha256(), payload.Sha256(), payload.Sha256())), hashes);
        foreach (var client in net.Clients)
        {
            for (var i = 0; i < 20; i++)
            {
                using var visitor = new UdpVisitor(client, i % 2 == 0 ? Topology.InternetHost : Topology.InternetHost6);
                Assert.True(await visitor.IsEchoed());
            }

            Assert.Contains("5 received", client.Ping(5, "203.0.113.10"));
            Assert.Contains("5 received", client.Ping(5, "-6", "2001:db8::10"));
            var hops = client.Run("traceroute", "-n", "-I", "-q", "3", "-w", "3", "-m", "4", "203.0.113.10");
            var lines = hops.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
            Assert.Equal(["192.168.61.1", "203.0.113.10"], lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
        }
    }

    [SkippableTheory]
    [InlineData("plain", "port-range", "0.0.0.0")]
    [InlineData("plain", "port-range", "::")]
    [InlineData("plain", "routed", "0.0.0.0")]
    [InlineData("plain", "routed", "::")]
    [InlineData("secure", "port-range", "0.0.0.0")]
    [InlineData("secure", "port-range", "::")]
    public async Task Clients_of_both_shards_should_reach_each_other_by_their_external_endpoints(string transport, string exit, string family)
    {
        await using var net = new Topology(output);
        await TwoShards.Start(net, transport, exit);
        using var first = net.Clients[0].OpenUdp(new IPEndPoint(IPAddress.Parse(family), 25000));
        using var second = net.Clients[1].OpenUdp(new IPEndPoint(IPAddress.Parse(family), 25000));

        Reachability.AssertMutual(net, first, second);
    }

    [SkippableTheory]
    [InlineData("plain")]
    [InlineData("secure")]
    public async Task Connections_of_both_shards_should_go_on_when_the_server_is_stopped_and_started(string transport)
    {
        await using var net = new Topology(output);
        var both = await TwoShards.Start(net, transport, "port-range");
        var pairs = both.Ways.Select(way => TcpPair.Connect(net, way.From, way.To)).ToList();
        pairs.ForEach(pair => pair.Up());
        var before = await Outers(both.Server, "tcp");

        Assert.Equal(0, await both.Server.Stop());
        var again = await both.StartAgain();

        await again.UntilLogged("go on", Patience);
        foreach (var pair in pairs)
        {
            pair.Up();
            pair.Down();
        }

        Assert.Equal(before, await Outers(again, "tcp"));
        Assert.DoesNotContain(0, (await TwoShards.Summary(again, atLeast: pairs.Count)).Clients);
        Assert.Equal(0, await again.Stop());
        Assert.DoesNotContain("never given back", again.Log);
    }

    [SkippableTheory]
    [InlineData("link del servertun")]
    [InlineData("link set servertun down")]
    public async Task Sessions_of_both_shards_should_be_kept_when_the_tun_is_lost(string loss)
    {
        await using var net = new Topology(output);
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await PlainShards.Start(net, "port-range", "--set", "udptun.reopen.check-interval=500ms");
        var visitors = net.Clients.Select(client => net.Use(new UdpVisitor(client, Topology.InternetHost, 25000))).ToList();
        foreach (var visitor in visitors) Assert.True(await visitor.IsEchoed());

        net.Server.Ip(loss);

        foreach (var visitor in visitors)
            await Eventually.Holds($"the tunnel carries packets again after 'ip {loss}'", Patience, () => visitor.IsEchoed(briefly: true));
        Assert.Equal(2, echo.Senders.Count());
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    [InlineData(Libc.SIGTERM)]
    [InlineData(Libc.SIGKILL)]
    public async Task Host_should_be_as_before_when_the_server_has_ended(int signal)
    {
        await using var net = new Topology(output);
        var before = HostSnapshot.Take(net.Server);
        var server = await net.StartServer("port-range", TwoShards.Settings);
        Assert.NotEqual(before, HostSnapshot.Take(net.Server));

        await server.Stop(signal);
        Assert.Equal(0, await net.Launch(net.Server, "--role", "cleanup").UntilExited(TunnelProcess.StopLimit));

        Assert.Equal(before, HostSnapshot.Take(net.Server));
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Second_server_should_be_told_that_the_port_is_taken()
    {
        await using var net = new Topology(output);
        await net.StartServer("port-range", TwoShards.Settings);

        var second = net.Launch(
            net.Server, ["--role", "server", .. Topology.Plain, "--tun", "other", "--set", "udptun.nat.ports=30000-30999", .. TwoShards.Settings]);

        Assert.NotEqual(0, await second.UntilExited(TunnelProcess.StartLimit));
        Assert.Contains("EADDRINUSE", second.Log);
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Server_with_static_mappings_should_say_that_it_has_one_shard()
    {
        await using var net = new Topology(output);
        var server = await net.StartServer(
            "port-range", [.. TwoShards.Settings, "--set", "udptun.nat.static-mappings=[\"tcp 20080 -> 10.61.0.2:80\"]"]);
        Assert.Contains("one shard instead of 2", server.Log);
    }

    private static async Task<List<string>> Outers(TunnelProcess server, string protocol) =>
    [
        .. (await server.Sessions()).Where(row => row.Contains($"{protocol}-"))
            .Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]).Order(),
    ];
}
