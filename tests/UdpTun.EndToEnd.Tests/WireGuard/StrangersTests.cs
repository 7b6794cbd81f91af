using System.Diagnostics;
using System.Net;
using System.Text.Json;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.WireGuard;

/// <summary>A server with a peer, and others on its network who have seen all that the peer sent, and send what they like.</summary>
[Collection(Alone.Name)]
public sealed class StrangersTests(ITestOutputHelper output)
{
    private const byte Call = 1, Data = 4; // types of the protocol's messages
    private const int Each = 50;
    private const int UnknownCalls = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly IPEndPoint Server = IPEndPoint.Parse("10.77.2.1:9877");

    [SkippableFact]
    public async Task Strangers_should_get_no_answer_and_cost_the_peer_nothing()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var stranger = net.Clients[1];
        var strangersCall = await StrangersCall.Make(net, stranger, files);
        var server = net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", .. TunnelTopology.OneShard, .. files.ServerArguments]);
        await server.UntilReady();
        using var tap = new Wiretap(net.Server); // not before: the rehearsal's packets on the loopback would fill it
        await WireGuardGo.Start(net, net.Client, files.ClientSetConf("10.77.1.1"), "10.61.0.2/32", "203.0.113.0/24");
        await Eventually.Holds("the server answers its peer", Patience, () => net.Client.Try("ping", "-c1", "-W1", "203.0.113.10").ExitCode == 0);
        await server.UntilLogged("has a session", Patience);
        var seen = tap.Take(Server.Port);
        var (peer, call, data) = (seen[0].From, Last(seen, Call), Last(seen, Data));
        stranger.Ping(1, "10.77.2.1"); // the kernel keeps few datagrams for a neighbour that it has yet to find
        var (before, linesBefore, clock) = (Drops(net), server.Log.Split('\n').Length, Stopwatch.StartNew());
        var answers = new PacketCount(net.Server, "postrouting", "oifname lan2 ip protocol { udp, icmp }");
        // What is forged comes to another address of the server than that which the peer calls.
        var misled = new PacketCount(net.Server, "postrouting", "oifname lan1 ip saddr != 10.77.1.1 udp sport 9877");
        var led = new PacketCount(net.Server, "postrouting", "oifname lan1 ip saddr 10.77.1.1 udp sport 9877");
        stranger.Ip("addr add 10.77.2.99/32 dev lo", $"addr add {peer.Address}/32 dev lo");

        var lost = SteadyPing.Lost(net, net.Client, "203.0.113.10", interval: "0.1", count: 30);
        var (sent, counts) = (0, before);
        foreach (var source in new[] { IPEndPoint.Parse("10.77.2.2"), IPEndPoint.Parse("10.77.2.99"), peer })
        {
            using var socket = stranger.OpenUdp(source);
            foreach (var datagram in Inventions(call, data))
            {
                socket.SendTo(datagram, Server);
                sent++;
            }

            for (var i = 0; i < UnknownCalls; i++, sent++) socket.SendTo(strangersCall, Server);
            // All at once they would put the server under load, and it would answer with cookies.
            await Eventually.Holds("all are counted", Patience, () =>
            {
                counts = Drops(net);
                return Counted("NotAuthentic") + Counted("Replayed") + Counted("UnknownPeer") == sent;
            });
        }

        Assert.Equal(0, await lost);
        // What bears the peer's address leads nothing that is sent to it: not by the address of ours that it was sent to.
        using (var forger = stranger.OpenUdp(peer)) forger.SendTo(new byte[100], Server);
        sent++;
        await Eventually.Holds("it is counted", Patience, () =>
        {
            counts = Drops(net);
            return Counted("NotAuthentic") + Counted("Replayed") + Counted("UnknownPeer") == sent;
        });
        net.Try(net.Server, "ping", "10.61.0.2", "-c", "1", "-W", "300");
        Assert.Equal((0, true), (misled.Read(), led.Read() > 0));
        // From the peer itself, but not from an address that is its own inside.
        net.Client.Ip($"addr add 10.61.0.77/32 dev {WireGuardGo.DeviceIn(net)}");
        Assert.Contains(" 0 received", net.Client.Try("ping", "-q", "-c", "5", "-i", "0.2", "-W", "1", "-I", "10.61.0.77", "203.0.113.10").Output);

        counts = Drops(net);
        // The call, the datagram, and calls damaged in the second mac, which only a server under load reads.
        Assert.InRange(Counted("Replayed"), 3 * 2 * Each, sent);
        Assert.Equal((3 * UnknownCalls, 5), (Counted("UnknownPeer"), Counted("ForeignSource")));
        Assert.Equal(0, answers.Read()); // nor has the session followed the datagrams that were repeated from elsewhere
        // Once a minute, and on a slow machine this takes several: of the unknown calls, and of all that goes on.
        Assert.InRange(server.Log.Split('\n').Length - linesBefore, 0, 2 * (1 + (int)clock.Elapsed.TotalMinutes));

        long Counted(string reason) => counts.GetValueOrDefault(reason) - before.GetValueOrDefault(reason);
    }

    /// <summary>What somebody sends who has seen a call and a datagram of the peer: noise, and those two repeated, cut and damaged.</summary>
    private static IEnumerable<byte[]> Inventions(byte[] call, byte[] data)
    {
        var random = new Random(5);
        for (var i = 0; i < Each; i++)
        {
            var noise = new byte[random.Next(4, 1400)];
            random.NextBytes(noise);
            yield return noise;
            yield return [(byte)random.Next(Call, Data + 1), 0, 0, 0, .. noise];
            foreach (var genuine in new[] { call, data })
            {
                yield return genuine;
                yield return genuine[..random.Next(1, genuine.Length)];
                var damaged = genuine.ToArray();
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                yield return damaged;
            }
        }
    }

    private static byte[] Last(IEnumerable<(IPEndPoint From, byte[] Datagram)> seen, byte type) =>
        seen.Last(one => one.Datagram[0] == type).Datagram;

    private static Dictionary<string, long> Drops(Topology net) =>
        JsonDocument.Parse(net.Try(net.Server, "status", "--json").Output).RootElement.GetProperty("instances")[0].GetProperty("drops")
            .Deserialize<Dictionary<string, long>>()!;
}
