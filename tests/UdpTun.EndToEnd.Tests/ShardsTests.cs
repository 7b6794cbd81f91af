using System.Net;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>
/// A server of two shards. Which one serves a client is up to the kernel and to the client's port, so clients are started until both have
/// one.
/// </summary>
public sealed class ShardsTests(ITestOutputHelper output)
{
    private static readonly string[] TwoShards = ["--set", "udptun.shards=2", "--set", "udptun.log.summary-interval=1s"];
    private static readonly string[] Routes = ["--route", "203.0.113.0/24", "--route", "2001:db8::/64"];
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
        await StartOnBothShards(net, exit);
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

            Assert.Contains("5 received", client.Run("ping", "-c5", "-i0.2", "-W2", "203.0.113.10"));
            Assert.Contains("5 received", client.Run("ping", "-6", "-c5", "-i0.2", "-W2", "2001:db8::10"));
            var hops = client.Run("traceroute", "-n", "-I", "-q", "3", "-w", "3", "-m", "4", "203.0.113.10");
            var lines = hops.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
            Assert.Equal(["192.168.61.1", "203.0.113.10"], lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
        }
    }

    [SkippableTheory]
    [InlineData("port-range", "0.0.0.0")]
    [InlineData("port-range", "::")]
    [InlineData("routed", "0.0.0.0")]
    [InlineData("routed", "::")]
    public async Task Clients_of_both_shards_should_reach_each_other_by_their_external_endpoints(string exit, string family)
    {
        await using var net = new Topology(output);
        await StartOnBothShards(net, exit);
        using var first = net.Clients[0].OpenUdp(new IPEndPoint(IPAddress.Parse(family), 25000));
        using var second = net.Clients[1].OpenUdp(new IPEndPoint(IPAddress.Parse(family), 25000));

        Reachability.AssertMutual(net, first, second);
    }

    [SkippableFact]
    public async Task Connections_of_both_shards_should_go_on_when_the_server_is_stopped_and_started()
    {
        await using var net = new Topology(output);
        var server = await StartOnBothShards(net, "port-range");
        var pairs = net.Clients.Select(client => TcpPair.Connect(net, client, Topology.InternetHost)).ToList();
        pairs.ForEach(pair => pair.Up());
        var before = await Outers(server, "tcp");

        Assert.Equal(0, await server.Stop());
        var again = await net.StartServer("port-range", TwoShards);

        await again.UntilLogged("go on", Patience);
        foreach (var pair in pairs)
        {
            pair.Up();
            pair.Down();
        }

        Assert.Equal(before, await Outers(again, "tcp"));
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
        await StartOnBothShards(net, "port-range", "--set", "udptun.reopen.check-interval=500ms");
        var visitors = net.Clients.Select(client => net.Use(new UdpVisitor(client, Topology.InternetHost, 25000))).ToList();
        foreach (var visitor in visitors) Assert.True(await visitor.IsEchoed());

        net.Server.Ip(loss);

        foreach (var visitor in visitors)
            await Eventually.Holds($"the tunnel carries packets again after 'ip {loss}'", Patience, visitor.IsEchoed);
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
        var server = await net.StartServer("port-range", TwoShards);
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
        await net.StartServer("port-range", TwoShards);

        var second = net.Launch(
            net.Server, ["--role", "server", .. Topology.Plain, "--tun", "other", "--set", "udptun.nat.ports=30000-30999", .. TwoShards]);

        Assert.NotEqual(0, await second.UntilExited(TunnelProcess.StartLimit));
        Assert.Contains("EADDRINUSE", second.Log);
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Server_with_static_mappings_should_say_that_it_has_one_shard()
    {
        await using var net = new Topology(output);
        var server = await net.StartServer(
            "port-range", [.. TwoShards, "--set", "udptun.nat.static-mappings=[\"tcp 20080 -> 10.61.0.2:80\"]"]);
        Assert.Contains("one shard instead of 2", server.Log);
    }

    /// <summary>Two clients, the second one started anew until the kernel has put it elsewhere than the first.</summary>
    private static async Task<TunnelProcess> StartOnBothShards(Topology net, string exit, params string[] arguments)
    {
        // Who forwards asks its neighbours from its link-local address, which every real link has.
        net.Server.Ip("addr add fe80::1/64 dev wan0 nodad");
        string[] outer = exit == "routed" ? ["--set", "udptun.server.routed-addresses=203.0.113.20,203.0.113.21,2001:db8::20,2001:db8::21"] : [];
        var server = await net.StartServer(exit, [.. TwoShards, .. outer, .. arguments]);
        await net.StartClient(1, Routes);
        net.Clients[0].Run("ping", "-c1", "-W2", "203.0.113.10");
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var second = await net.StartClient(2, Routes);
            net.Clients[1].Run("ping", "-c1", "-W2", "203.0.113.10");
            var counts = await ClientsOfShards(server, atLeast: attempt + 2);
            if (counts.All(count => count > 0)) return server;
            await second.Stop();
        }

        throw new TimeoutException("20 clients were all put on one shard");
    }

    private static async Task<int[]> ClientsOfShards(TunnelProcess server, int atLeast)
    {
        int[] counts = [];
        await Eventually.Holds($"the summary tells of {atLeast} clients", Patience, () =>
        {
            var last = Regex.Matches(server.Log, @"shards: clients (\d+) \+ (\d+)").LastOrDefault();
            counts = last is null ? [] : [.. last.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, null))];
            return Task.FromResult(counts.Sum() >= atLeast);
        });
        return counts;
    }

    private static async Task<List<string>> Outers(TunnelProcess server, string protocol) =>
    [
        .. (await server.Sessions()).Where(row => row.Contains($"{protocol}-"))
            .Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]).Order(),
    ];
}
