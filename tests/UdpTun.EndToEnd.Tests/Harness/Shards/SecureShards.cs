using System.Net;
using System.Text.RegularExpressions;

namespace UdpTun.EndToEnd.Tests.Harness.Shards;

/// <summary>
/// Two shards over the secure transport: two clients of ours, one at home on each shard, and Debian's wireguard-go beside the second one, at home on
/// the second shard too. A peer's home follows from its key, so keys are made until they have it.
/// </summary>
/// <param name="net">Where.</param>
/// <param name="exit">How packets leave the server.</param>
internal sealed class SecureShards(Topology net, string exit)
{
    private const int Shards = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>wg looks for its sockets in one directory, whatever the namespace: no other test's may have the name.</summary>
    internal string Device { get; } = $"ss{Environment.ProcessId}n{net.Number}";

    /// <summary>Where wireguard-go leads to.</summary>
    internal static IPAddress OtherHost { get; } = IPAddress.Parse("203.0.113.11");

    internal PeerServer Peers { get; } = new(net);

    /// <summary>The client at home on the second shard.</summary>
    internal TunnelProcess? Second { get; private set; }

    internal async Task<TwoShards> Start()
    {
        net.Internet.Ip($"addr add {OtherHost}/24 dev eth0");
        // Who forwards asks its neighbours from its link-local address, which every real link has.
        net.Server.Ip("addr add fe80::1/64 dev wan0 nodad");
        var server = await StartServer();
        AddAtHome("first", client: 1, home: 0);
        AddAtHome("second", client: 2, home: 1);
        AddAtHome("go", client: 2, home: 1);
        await Peers.StartClient(1, "first", "203.0.113.0/24", "2001:db8::/64");
        Second = await Peers.StartClient(2, "second", "203.0.113.10/32", "203.0.113.1/32", "2001:db8::/64");
        var stripped = Path.Combine(net.StateDirectory, "go.wg");
        File.WriteAllText(stripped, Command.Run("wg-quick", "strip", Peers.Conf("go")));
        var address = Regex.Match(File.ReadAllText(Peers.Conf("go")), @"Address = ([\d.]+/32)").Groups[1].Value;
        await WireGuardGo.Start(net, net.Clients[1], stripped, address, $"{OtherHost}/32");
        var both = new TwoShards(server,
            [(net.Clients[0], TunnelTopology.InternetHost), (net.Clients[1], TunnelTopology.InternetHost), (net.Clients[1], OtherHost)], StartServer);
        await Eventually.Holds("all are served", Patience, () => both.Ways.All(way => Answers(way.From, way.To)));
        return both;
    }

    internal async Task<TunnelProcess> StartServer()
    {
        var server = net.Launch(net.Server, ["--role", "server", "--exit", exit, "--tun", Device, .. Peers.Secrets, .. TwoShards.Settings, .. net.Arguments]);
        await server.UntilReady();
        return server;
    }

    /// <summary>Makes a peer whose shard is <paramref name="home"/>.</summary>
    internal void AddAtHome(string name, int client, int home)
    {
        for (var attempt = 0; attempt < 40; attempt++)
        {
            Peers.Add(name, client);
            var key = Regex.Match(File.ReadAllText(Peers.FileOf(name)), "public-key = \"(.+)\"").Groups[1].Value;
            if (Convert.FromBase64String(key)[0] % Shards == home) return;
            Peers.Udptun("peer", "remove", name);
            File.Delete(Peers.Conf(name));
        }

        throw new TimeoutException($"40 keys and none has its home on shard {home}");
    }

    internal static bool Answers(NetworkNamespace host, IPAddress address) => host.Try("ping", "-c1", "-W1", address.ToString()).ExitCode == 0;
}
