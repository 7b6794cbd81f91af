using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What one peer may take of what all share, as its file says it, with another peer beside it that no file limits.</summary>
public sealed class PeerLimitsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly IPAddress OtherHost = IPAddress.Parse("203.0.113.11");

    [SkippableFact]
    public async Task Quota_should_be_used_up_over_a_restart_and_last_longer_when_it_is_raised()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var peers = new PeerServer(net);
        var server = await peers.Start();
        peers.Add("laptop", 1, "quota = 1MB");
        await peers.StartClient(1, "laptop", "203.0.113.0/24");
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
        await Eventually.Holds("the tunnel carries packets", Patience, () => visitor.IsEchoed(briefly: true));

        // 1028 bytes each way: 486 of them are a megabyte.
        var answered = 0;
        for (var i = 0; i < 300; i++) answered += await IsAnswered(visitor) ? 1 : 0;
        Assert.InRange(answered, 290, 300);
        Assert.Equal(0, await server.Stop());
        server = await peers.Start();
        await Eventually.Holds("the server serves its client again", Patience, () => visitor.IsEchoed(briefly: true));
        while (await IsAnswered(visitor)) answered++;

        Assert.InRange(answered, 470, 486);
        Assert.Contains("PeerQuotaExhausted", peers.Udptun("status", "--instance", "servertun"));
        peers.Change("laptop", text => text.Replace("1MB", "2MB", StringComparison.Ordinal));
        Assert.True(await IsAnswered(visitor));
    }

    [SkippableFact]
    public async Task Limits_should_hold_for_their_peer_alone()
    {
        await using var net = new Topology(output);
        net.Internet.Ip($"addr add {OtherHost}/24 dev eth0");
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        foreach (var (client, link) in net.Clients.Zip(["10.77.1.1", "10.77.2.1"])) client.Ip($"route add 192.168.61.0/24 via {link}");
        var peers = new PeerServer(net);
        await peers.Start();
        peers.Add("small", 1, "max-sessions = 3", $"denied-destinations = [\"{OtherHost}/32\"]", "allowed-destinations = [\"10.77.2.0/24\"]");
        peers.Add("free", 2);
        var small = await peers.StartClient(1, "small", "203.0.113.0/24", "10.77.2.0/24");
        var free = await peers.StartClient(2, "free", "203.0.113.0/24", "10.77.1.0/24");
        foreach (var client in (TunnelProcess[])[small, free]) await client.UntilLogged("has a session", Patience);

        Assert.Equal((3, 5), (await Flows(net.Clients[0], 5), await Flows(net.Clients[1], 5)));
        Assert.Contains("PeerTooManySessions", peers.Udptun("status", "--instance", "servertun"));

        peers.Change("small", text => text.Replace("max-sessions = 3", "max-sessions = 100", StringComparison.Ordinal));
        Assert.Equal((false, true), (Pings(net.Clients[0], $"{OtherHost}"), Pings(net.Clients[1], $"{OtherHost}")));
        Assert.Equal((true, false), (Pings(net.Clients[0], "10.77.2.2"), Pings(net.Clients[1], "10.77.1.2")));

        peers.Change("small", text => text + "max-new-flows = 1\nmax-rate = 10kB\n");
        Assert.InRange(await Flows(net.Clients[0], 5), 1, 4);
        // A bucket holds 256 KiB.
        await Eventually.Holds("the rate is used up", Patience, () =>
        {
            net.Client.Try("ping", "-f", "-c1000", "-w2", "-s1300", "203.0.113.10");
            return peers.Udptun("status", "--instance", "servertun").Contains("PeerRateExceeded", StringComparison.Ordinal);
        });
        Assert.Equal(5, await Flows(net.Clients[1], 5));
    }

    private static async Task<bool> IsAnswered(UdpVisitor visitor) => await visitor.Ask(new byte[1000]) is not null;

    /// <summary>How many flows of so many, all begun before the first is answered, bring an answer.</summary>
    private static async Task<int> Flows(NetworkNamespace host, int count)
    {
        var visitors = Enumerable.Range(0, count).Select(_ => new UdpVisitor(host, Topology.InternetHost)).ToList();
        try
        {
            return (await Task.WhenAll(visitors.Select(visitor => visitor.IsEchoed()))).Count(echoed => echoed);
        }
        finally
        {
            visitors.ForEach(visitor => visitor.Dispose());
        }
    }

    private static bool Pings(NetworkNamespace host, string address) => host.TryPing(3, address).ExitCode == 0;
}
