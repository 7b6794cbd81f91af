using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.WireGuard;

/// <summary>
/// A server of two shards over the secure transport: two clients of ours, one at home on each shard, and Debian's wireguard-go beside the second
/// one, at home on the second shard too. A peer's home follows from its key, so keys are made until they have it.
/// </summary>
public sealed class SecureShardsTests(ITestOutputHelper output)
{
    private const int Shards = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // wg looks for its sockets in one directory, whatever the namespace: names have to be of this process alone.
    private static readonly string Device = $"ss{Environment.ProcessId}";

    private static readonly IPAddress OtherHost = IPAddress.Parse("203.0.113.11");

    [SkippableTheory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Traffic_of_clients_of_both_shards_should_arrive_whole_while_one_of_them_moves(string offload)
    {
        await using var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        var (server, _, _) = await StartAll(net, "masquerade");
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        net.Use(new HttpHost(net.Internet, OtherHost));
        var payloads = Enumerable.Range(1, 3).Select(seed => new Payload(seed, 10_000_000)).ToList();
        (NetworkNamespace From, IPAddress To)[] ways = [(net.Clients[0], Topology.InternetHost), (net.Clients[1], Topology.InternetHost), (net.Clients[1], OtherHost)];

        using var download = new EndlessDownload(net);
        await download.GoesOn();
        var transfers = Task.WhenAll(ways.Zip(payloads, async (way, payload) =>
        {
            using var visitor = new HttpVisitor(way.From);
            return ((await visitor.Download(way.To, payload)).Sha256, (await visitor.Upload(way.To, payload)).Sha256);
        }));
        // Datagrams from another source from now on: the session follows.
        net.Client.Ip("addr add 10.77.1.9/24 dev up0", "route replace 10.77.1.1/32 dev up0 src 10.77.1.9");
        await Eventually.Holds("the server follows the client", Patience, () =>
            net.Server.Run("wg", "show", Device, "endpoints").Contains("10.77.1.9:", StringComparison.Ordinal));
        await download.GoesOn();

        Assert.Equal(payloads.Select(payload => (payload.Sha256(), payload.Sha256())), await transfers);
        Assert.True(await download.EndsWhole());
        var (clients, handedOver) = await SummaryOf(server, atLeast: 3);
        Assert.Equal([1, 2], clients);
        // What is steered is not handed over: only first packets of flows, and what comes with a handshake. Seven times ten megabytes were 50,000 packets.
        Assert.InRange(handedOver, 0, 2000);
        Assert.Equal(0, await server.Stop());
        Assert.DoesNotContain("never given back", server.Log);
    }

    /// <summary>
    /// Its call may come to any socket, and an answer from another address of the server's is dropped on its way. Each start of the client is another
    /// port, of which one in two comes to the shard that is not its home.
    /// </summary>
    [SkippableFact]
    public async Task Client_should_be_answered_from_the_address_that_it_called_whichever_socket_got_the_call()
    {
        await using var net = new Topology(output);
        net.Server.Ip("addr add 10.77.1.5/24 dev lan1");
        net.Client.Run("nft", "add table ip near; add chain ip near input { type filter hook input priority 0; }; "
            + "add rule ip near input udp sport 9877 ip saddr != 10.77.1.5 drop");
        var peers = new PeerServer(net);
        await StartServer(net, peers, "masquerade");
        AddAtHome(peers, "first", client: 1, home: 0);
        File.WriteAllText(peers.Conf("first"), File.ReadAllText(peers.Conf("first")).Replace("Endpoint = 10.77.1.1", "Endpoint = 10.77.1.5", StringComparison.Ordinal));

        for (var start = 0; start < 6; start++)
        {
            var client = await peers.StartClient(1, "first", "203.0.113.0/24");
            await Eventually.Holds("the server answers", Patience, () => Answers(net.Client, Topology.InternetHost));
            await client.Stop();
        }
    }

    [SkippableTheory]
    [InlineData("port-range", "0.0.0.0")]
    [InlineData("port-range", "::")]
    public async Task Clients_of_both_shards_should_reach_each_other_by_their_external_endpoints(string exit, string family)
    {
        await using var net = new Topology(output);
        await StartAll(net, exit);
        using var first = net.Clients[0].OpenUdp(new IPEndPoint(IPAddress.Parse(family), 25000));
        using var second = net.Clients[1].OpenUdp(new IPEndPoint(IPAddress.Parse(family), 25000));

        Reachability.AssertMutual(net, first, second);
    }

    [SkippableFact]
    public async Task Connections_of_both_shards_should_go_on_when_the_server_is_stopped_and_started()
    {
        await using var net = new Topology(output);
        var (server, peers, _) = await StartAll(net, "port-range");
        (NetworkNamespace From, IPAddress To)[] ways = [(net.Clients[0], Topology.InternetHost), (net.Clients[1], Topology.InternetHost), (net.Clients[1], OtherHost)];
        var pairs = ways.Select(way => TcpPair.Connect(net, way.From, way.To)).ToList();
        pairs.ForEach(pair => pair.Up());

        Assert.Equal(0, await server.Stop());
        var again = await StartServer(net, peers, "port-range");

        await again.UntilLogged("go on", Patience);
        foreach (var pair in pairs)
        {
            pair.Up();
            pair.Down();
        }

        var (clients, _) = await SummaryOf(again, atLeast: 3);
        Assert.Equal([1, 2], clients);
    }

    [SkippableFact]
    public async Task Peers_of_both_shards_should_come_and_go_without_disturbing_the_others()
    {
        await using var net = new Topology(output);
        var (server, peers, second) = await StartAll(net, "masquerade");
        using var download = new EndlessDownload(net); // of the first client
        var connection = TcpPair.Connect(net, net.Clients[1], OtherHost); // of wireguard-go
        connection.Up();

        peers.Udptun("peer", "remove", "second");
        await Eventually.Holds("the removed peer is served no longer", Patience, () => !Answers(net.Clients[1], Topology.InternetHost));
        await download.GoesOn();
        connection.Down();
        Assert.Equal(2, net.Server.Run("wg", "show", Device, "peers").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        await second.Stop();
        AddAtHome(peers, "third", client: 2, home: 0);
        await peers.StartClient(2, "third", "198.51.100.0/24");
        net.Internet.Ip("addr add 198.51.100.10/32 dev lo");
        await Eventually.Holds("the added peer is served", Patience, () => Answers(net.Clients[1], IPAddress.Parse("198.51.100.10")));
        await download.GoesOn();
        connection.Up();
        Assert.True(await download.EndsWhole());
        Assert.Equal(3, net.Server.Run("wg", "show", Device, "peers").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(3, peers.Udptun("peer", "list", "--instance", Device).Split('\n').Count(line => Regex.IsMatch(line, "first|go|third")));
        Assert.DoesNotContain("one shard", server.Log);
    }

    private static async Task<(TunnelProcess Server, PeerServer Peers, TunnelProcess Second)> StartAll(Topology net, string exit)
    {
        net.Internet.Ip($"addr add {OtherHost}/24 dev eth0");
        // Who forwards asks its neighbours from its link-local address, which every real link has.
        net.Server.Ip("addr add fe80::1/64 dev wan0 nodad");
        var peers = new PeerServer(net);
        var server = await StartServer(net, peers, exit);
        AddAtHome(peers, "first", client: 1, home: 0);
        AddAtHome(peers, "second", client: 2, home: 1);
        AddAtHome(peers, "go", client: 2, home: 1);
        await peers.StartClient(1, "first", "203.0.113.0/24", "2001:db8::/64");
        var second = await peers.StartClient(2, "second", "203.0.113.10/32", "203.0.113.1/32", "2001:db8::/64");
        var stripped = Path.Combine(net.StateDirectory, "go.wg");
        File.WriteAllText(stripped, Command.Run("wg-quick", "strip", peers.Conf("go")));
        var address = Regex.Match(File.ReadAllText(peers.Conf("go")), @"Address = ([\d.]+/32)").Groups[1].Value;
        await WireGuardGo.Start(net, net.Clients[1], stripped, address, $"{OtherHost}/32");
        await Eventually.Holds("all are served", Patience, () =>
            Answers(net.Clients[0], Topology.InternetHost) && Answers(net.Clients[1], Topology.InternetHost) && Answers(net.Clients[1], OtherHost));
        return (server, peers, second);
    }

    private static async Task<TunnelProcess> StartServer(Topology net, PeerServer peers, string exit)
    {
        var server = net.Launch(net.Server,
            ["--role", "server", "--exit", exit, "--tun", Device, .. peers.Secrets, "--set", $"udptun.shards={Shards}", "--set", "udptun.log.summary-interval=1s",
                .. net.Arguments]);
        await server.UntilReady();
        return server;
    }

    private static void AddAtHome(PeerServer peers, string name, int client, int home)
    {
        for (var attempt = 0; attempt < 40; attempt++)
        {
            peers.Add(name, client);
            var key = Regex.Match(File.ReadAllText(peers.FileOf(name)), "public-key = \"(.+)\"").Groups[1].Value;
            if (Convert.FromBase64String(key)[0] % Shards == home) return;
            peers.Udptun("peer", "remove", name);
            File.Delete(peers.Conf(name));
        }

        throw new TimeoutException($"40 keys and none has its home on shard {home}");
    }

    private static bool Answers(NetworkNamespace host, IPAddress address) => host.Try("ping", "-c1", "-W1", address.ToString()).ExitCode == 0;

    private static async Task<(int[] Clients, int HandedOver)> SummaryOf(TunnelProcess server, int atLeast)
    {
        var (clients, handedOver) = (Array.Empty<int>(), 0);
        await Eventually.Holds($"the summary tells of {atLeast} clients", Patience, () =>
        {
            if (Regex.Matches(server.Log, @"shards: clients (\d+) \+ (\d+), .* handed over (\d+)").LastOrDefault() is not { } last) return false;
            var numbers = last.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture)).ToList();
            (clients, handedOver) = ([numbers[0], numbers[1]], numbers[2]);
            return clients.Sum() >= atLeast;
        });
        return (clients, handedOver);
    }
}
