using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Control;

/// <summary>Flows as an operator sees, explains and ends them.</summary>
public sealed class FlowsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

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
        Assert.Equal((false, true), (await victim.IsEchoed(briefly: true), await neighbour.IsEchoed()));
        var after = Json(net, "flow", id, "explain", "--json");
        Assert.Equal(("killed", "Killed"), (
            after.GetProperty("flow").GetProperty("state").GetString(), after.GetProperty("lastDrop").GetProperty("reason").GetString()));
    }

    [SkippableFact]
    public async Task Events_should_be_told_as_they_happen_until_ctrl_c()
    {
        await using var net = new Topology(output);
        await net.StartServer("--set", "udptun.nat.timeouts.icmp=4s");
        var everything = net.Launch(net.Server, "flows", "--events");
        var refusals = net.Launch(net.Server, "flows", "--event", "flow-refused,flow-killed", "--json");
        await everything.UntilPrinted("TIME ", Patience);
        await refusals.UntilPrinted("\"events\":[]", Patience);

        await net.StartClient(1, "--route", "203.0.113.0/24", "--route", "10.99.0.0/16");
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost, 25000);
        using var lost = new UdpVisitor(net.Client, IPAddress.Parse("10.99.0.1"), 25001);
        Assert.True(await visitor.IsEchoed());
        _ = lost.IsEchoed();
        Assert.Equal(0, net.Client.TryPing(1, $"{Topology.InternetHost}").ExitCode);

        await everything.UntilPrinted("peer-came       10.77.1.2:", Patience);
        var opened = await everything.UntilPrinted(" > 203.0.113.10:7 as ", Patience);
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3}  flow-opened +10\.77\.1\.2:\d+ +udp-\d+ 10\.61\.0\.2:25000 > 203\.0\.113\.10:7 as 192\.168\.61\.123:\d+$", opened);
        await everything.UntilPrinted("udp 10.61.0.2:25001 > 10.99.0.1:7; ForbiddenDestination", Patience);
        Assert.Matches(@"icmp-\d+ .*; idle; sent 84 B, received 84 B$", await everything.UntilPrinted("flow-closed", Patience));
        Assert.Equal(Success, net.Try(net.Server, "flow", Regex.Match(opened, @"udp-\d+").Value, "kill").ExitCode);
        await everything.UntilPrinted("flow-killed", Patience);

        var told = JsonDocument.Parse(await refusals.UntilPrinted("flow-killed", Patience)).RootElement;
        Assert.Equal(1, told.GetProperty("schema").GetInt32());
        Assert.DoesNotContain("flow-opened", refusals.Output);
        Assert.Contains("\"why\":\"ForbiddenDestination\"", refusals.Output);
        Assert.Equal(Success, await everything.Stop(2)); // SIGINT
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
