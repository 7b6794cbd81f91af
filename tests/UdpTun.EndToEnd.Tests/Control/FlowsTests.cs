using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Control;

/// <summary>Flows as an operator sees, explains and ends them.</summary>
public sealed class FlowsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int Success = 0;
    private const int Failure = 1;
    private const int Usage = 2;

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Flows_should_be_listed_explained_and_killed_on_whatever_shard_they_are(int shards)
    {
        await using var net = new Topology(output);
        await net.StartServer("port-range", ["--set", $"udptun.shards={shards}", "--set", "udptun.nat.timeouts.udp=200s"]);
        await net.StartClient(1, "--route", "203.0.113.0/24");
        await net.StartClient(2, "--route", "203.0.113.0/24");
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        using var victim = new UdpVisitor(net.Clients[0], Topology.InternetHost, 25000);
        using var neighbour = new UdpVisitor(net.Clients[1], Topology.InternetHost, 25000);
        Assert.True(await victim.IsEchoed() && await neighbour.IsEchoed());

        var people = net.Try(net.Server, "flows", "--protocol", "udp", "--destination", "203.0.113.10:7");
        var programs = Json(net, "flows", "--peer", "10.77.1.2", "--protocol", "udp", "--json");
        Assert.Matches(@"(?m)^udp-\d+ +10\.77\.1\.2:\d+ +10\.61\.0\.2:25000 +192\.168\.61\.123:2\d{4} +203\.0\.113\.10:7 +established ", people.Output);
        Assert.Matches(@"(?m)^udp-\d+ +10\.77\.2\.2:\d+ ", people.Output);
        var id = Assert.Single(programs.GetProperty("flows").EnumerateArray()).GetProperty("id").GetString()!;

        var why = net.Try(net.Server, "flow", id, "explain");
        Assert.Equal((Success, ""), (why.ExitCode, why.Error));
        Assert.Matches(@"(?m)^  leaves as    192\.168\.61\.123:(\d+), which the internet knows as 203\.0\.113\.1:\1$", why.Output);
        Assert.Contains("of 3m 20s (udptun.nat.timeouts.udp)", why.Output);

        var killed = net.Try(net.Server, "flow", id, "kill");
        Assert.StartsWith($"{id} is killed: 10.61.0.2:25000 of peer 10.77.1.2:", killed.Output);
        Assert.Equal((false, true), (await victim.IsEchoed(), await neighbour.IsEchoed()));
        var after = Json(net, "flow", id, "explain", "--json");
        Assert.Equal(("killed", "Killed"), (
            after.GetProperty("flow").GetProperty("state").GetString(), after.GetProperty("lastDrop").GetProperty("reason").GetString()));
    }

    [SkippableFact]
    public async Task Killed_connection_should_be_reset_at_both_ends()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        using var listener = net.Internet.OpenTcp(AddressFamily.InterNetwork);
        listener.Bind(new IPEndPoint(Topology.InternetHost, 8080));
        listener.Listen();
        using var client = net.Client.OpenTcp(AddressFamily.InterNetwork);
        await client.ConnectAsync(Topology.InternetHost, 8080).WaitAsync(Patience);
        using var server = await listener.AcceptAsync().WaitAsync(Patience);
        var id = Assert.Single(Json(net, "flows", "--protocol", "tcp", "--json").GetProperty("flows").EnumerateArray()).GetProperty("id").GetString()!;

        Assert.Equal(Success, net.Try(net.Server, "flow", id, "kill").ExitCode);

        Assert.All(await Task.WhenAll(IsReset(client), IsReset(server)), Assert.True);
    }

    [SkippableFact]
    public async Task Wrong_questions_should_get_a_sentence()
    {
        await using var net = new Topology(output);
        await net.StartServer();

        foreach (var (code, sentence, verb) in new (int, string, string[])[]
        {
            (Failure, "there is no flow tcp-4711, or no longer", ["flow", "tcp-4711", "explain"]),
            (Failure, "there is no flow 4711, or no longer", ["flow", "4711", "kill"]),
            (Usage, "'status' is no flow", ["flow", "status", "kill"]),
            (Usage, "state is 'asleep', but must be opening, established, closing, killed", ["flows", "--state", "asleep"]),
            (Usage, "destination is 'example.org', but must be an address", ["flows", "--destination", "example.org"]),
            (Usage, "max is '100000', but must be a number from 1 to 1000", ["flows", "--max", "100000"]),
        })
        {
            var answer = net.Try(net.Server, verb);
            Assert.Equal((code, ""), (answer.ExitCode, answer.Output));
            Assert.StartsWith($"udptun: {sentence}", answer.Error);
        }
    }

    private static async Task<bool> IsReset(Socket socket)
    {
        try
        {
            await socket.SendAsync("anybody there?"u8.ToArray());
            await socket.ReceiveAsync(new byte[1]).WaitAsync(Patience);
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    private static JsonElement Json(Topology net, params string[] verb)
    {
        var root = JsonDocument.Parse(net.Try(net.Server, verb).Output).RootElement;
        Assert.Equal(1, root.GetProperty("schema").GetInt32());
        return root;
    }
}
