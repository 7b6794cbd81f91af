using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Events;
using UdpTun.Host.Control.Flows;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Control.Status;
using UdpTun.Host.Tests.Control;

namespace UdpTun.Host.Tests.Verbs.Flows;

public sealed class FlowsVerbTests : IDisposable
{
    private static readonly FlowStatus Flow = new()
    {
        Id = "tcp-42",
        Protocol = "tcp",
        Peer = "10.77.1.2:40000",
        Inner = "10.61.0.2:5000",
        Outer = "192.168.61.123:20001",
        Remote = "203.0.113.10:443",
        State = "established",
        AgeSeconds = 61,
        IdleSeconds = 1.5,
        LeftSeconds = 7438,
        Out = new TrafficStatus(10, 1500),
        In = new TrafficStatus(20, 2_500_000),
        OutRate = 125_000,
        InRate = 0,
    };

    private static readonly FlowAnswer Explained = new(
        Flow, "198.51.100.7:20001", "client", "drawn at random", 1, new TimerStatus("udptun.nat.timeouts.tcp-established", 7440),
        new DropStatus("TimeToLiveExceeded", 3, 2), 1300, 1420);

    private readonly SocketDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private async Task<(ExitCode Code, ProgramRun Run)> Run(params string[] args)
    {
        var server = new Fake();
        await using var control = ControlServer.TryStart(_directory.Make("tun7").ControlSocket, [server], Serilog.Core.Logger.None);
        var run = new ProgramRun { Environment = { ["UDPTUN__STATE_DIRECTORY"] = _directory.Path } };
        return (await run.Start(args), run);
    }

    [Fact]
    public async Task Flows_should_be_columns_and_tell_the_cursor()
    {
        var (code, run) = await Run("flows", "--max", "1");

        Assert.Equal((ExitCode.Success, ""), (code, run.Error));
        Assert.Equal(
            """
            2 of 3 flows on 3 mappings, 1 shown
            FLOW    PEER             INNER           OUTER                 REMOTE            STATE        IDLE   LEFT     OUT      IN
            tcp-42  10.77.1.2:40000  10.61.0.2:5000  192.168.61.123:20001  203.0.113.10:443  established  1.5s  2h 3m  1.5 kB  2.5 MB
            there are more: --cursor 42

            """,
            run.Output);
    }

    [Fact]
    public async Task Flows_should_pass_every_filter_on()
    {
        var (_, run) = await Run(
            "flows", "--json", "--peer", "10.77.1.2", "--protocol", "tcp", "--state", "opening", "--destination", "[2001:db8::1]:443", "--text", "a&b",
            "--sort", "idle", "--max", "7", "--cursor", "9");

        Assert.Contains(
            "\"id\":\"?peer=10.77.1.2\\u0026protocol=tcp\\u0026state=opening\\u0026destination=%5B2001%3Adb8%3A%3A1%5D%3A443\\u0026text=a%26b"
            + "\\u0026sort=idle\\u0026max=7\\u0026cursor=9\"", run.Output);
    }

    [Fact]
    public async Task Watch_should_go_on_until_the_instance_ends()
    {
        var (code, run) = await Run("flows", "--watch", "--json");

        Assert.Equal((ExitCode.NotRunning, "udptun: tun7 has ended"), (code, run.Error));
        Assert.Equal(2, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Events_should_be_a_line_each_until_the_instance_ends()
    {
        var (code, run) = await Run("flows", "--events", "--peer", "10.77.1.2");

        Assert.Equal((ExitCode.NotRunning, "udptun: tun7 has ended"), (code, run.Error));
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("TIME          EVENT           PEER                    WHAT", lines[0]);
        Assert.EndsWith("flow-closed     10.77.1.2:40000         tcp-42 10.61.0.2:5000 > 203.0.113.10:443 as 192.168.61.123:20001; idle; sent 1.5 kB, received 2.5 MB", lines[1]);
        Assert.EndsWith("flow-refused    10.77.1.2:40000         udp 10.61.0.2:5000 > 10.1.2.3:53; ForbiddenDestination; stands for 12", lines[2]);
        Assert.EndsWith("peer-came       laptop                  at 10.77.1.2:40000", lines[3]);
        Assert.Equal("1,234 events are missing here: they came faster than they were taken", lines[4]);
    }

    [Fact]
    public async Task Events_should_pass_their_filters_on_as_json()
    {
        var (_, run) = await Run("flows", "--event", "flow-opened,flow-closed", "--text", "a", "--json");

        Assert.StartsWith("{\"schema\":1,\"events\":[],\"missed\":0}\n", run.Output);
        Assert.Contains("\"why\":\"?text=a\\u0026event=flow-opened%2Cflow-closed\"", run.Output);
    }

    [Fact]
    public async Task Explain_should_tell_why()
    {
        var (code, run) = await Run("flow", "tcp-42", "explain");

        Assert.Equal((ExitCode.Success, ""), (code, run.Error));
        Assert.Equal(
            """
            tcp-42: 10.61.0.2:5000 of peer 10.77.1.2:40000 to 203.0.113.10:443
              state        established, begun by the client 1m 1s ago
              leaves as    192.168.61.123:20001, which the internet knows as 198.51.100.7:20001
              because      drawn at random
              ends         in 2h 3m unless something comes; silent for 1.5s of 2h 4m (udptun.nat.timeouts.tcp-established)
              sent         10 packets, 1.5 kB
              received     20 packets, 2.5 MB
              last drop    TimeToLiveExceeded 3s ago, 2 packets in all
              path MTU     1300 bytes beyond the server, as a router said; 1420 in the tunnel

            """,
            run.Output);
    }

    [Fact]
    public async Task Kill_should_say_what_was_killed()
    {
        var (code, run) = await Run("flow", "tcp-42", "kill");

        Assert.Equal(ExitCode.Success, code);
        Assert.Equal("tcp-42 is killed: 10.61.0.2:5000 of peer 10.77.1.2:40000 to 203.0.113.10:443\n", run.Output);
    }

    [Theory]
    [InlineData(ExitCode.Failure, "there is no flow udp-1", "flow", "udp-1", "kill")]
    [InlineData(ExitCode.Usage, "--watch shows flows and --events what happens to them", "flows", "--watch", "--events")]
    [InlineData(ExitCode.Usage, "say which flow: udptun flow ID explain", "flow", "explain")]
    [InlineData(ExitCode.Usage, "Required command was not provided", "flow", "tcp-42")]
    [InlineData(ExitCode.NotRunning, "no instance tun9 runs here; there is tun7", "flows", "--instance", "tun9")]
    public async Task Trouble_should_be_a_sentence(object code, string sentence, params string[] args)
    {
        var (actual, run) = await Run(args);

        Assert.Equal(code, actual);
        Assert.StartsWith($"udptun: {sentence}", run.Error);
    }

    private sealed class Fake : IControlEndpoints
    {
        private static EventStatus[] Happened(string query) =>
        [
            new(DateTimeOffset.UnixEpoch, "flow-closed", Flow.Peer)
            {
                Flow = Flow.Id, Protocol = "tcp", Inner = Flow.Inner, Outer = Flow.Outer, Remote = Flow.Remote, Out = Flow.Out, In = Flow.In,
                Why = query == "?peer=10.77.1.2" ? "idle" : query,
            },
            new(DateTimeOffset.UnixEpoch, "flow-refused", Flow.Peer)
            {
                Protocol = "udp", Inner = Flow.Inner, Remote = "10.1.2.3:53", Why = "ForbiddenDestination", Count = 12,
            },
            new(DateTimeOffset.UnixEpoch, "peer-came", "laptop") { Endpoint = Flow.Peer },
        ];

        public void Map(IEndpointRouteBuilder routes)
        {
            routes.MapGet("/flows", context => context.Reply(
                new FlowsAnswer([context.Request.Query.ContainsKey("text") ? Flow with { Id = context.Request.QueryString.Value! } : Flow], 2, 3, 3, 42),
                ControlJson.Default.FlowsAnswer));
            routes.MapGet("/flows/watch", async context =>
            {
                var events = new EventStream(context);
                await events.Send(new FlowsAnswer([Flow], 1, 1, 1, null), ControlJson.Default.FlowsAnswer);
                await events.Send(new FlowsAnswer([], 0, 0, 0, null), ControlJson.Default.FlowsAnswer);
            });
            routes.MapGet("/events", async context =>
            {
                var stream = new EventStream(context);
                await stream.Send(new EventsAnswer([], 0), ControlJson.Default.EventsAnswer);
                await stream.Send(new EventsAnswer(Happened(context.Request.QueryString.Value!), 1234), ControlJson.Default.EventsAnswer);
            });
            routes.MapGet("/flows/tcp-42", context => context.Reply(Explained, ControlJson.Default.FlowAnswer));
            routes.MapPost("/flows/tcp-42/kill", context => context.Reply(Explained, ControlJson.Default.FlowAnswer));
            routes.MapPost("/flows/{id}/kill", context => throw new ControlException(404, $"there is no flow {context.Request.RouteValues["id"]}"));
        }
    }
}
