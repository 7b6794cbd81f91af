using System.Net.Sockets;
using Akka.Actor;
using Microsoft.AspNetCore.Routing;
using Serilog;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Client;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Tests.Logging;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Tests.Control.Server;

public sealed class ControlServerTests : IDisposable
{
    private readonly SocketDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Socket_should_be_for_owner_and_group_and_go_with_the_server()
    {
        var place = _directory.Make("tun7");
        await using (new FakeInstance(FakeInstance.Status("tun7")).Start(place))
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite,
                File.GetUnixFileMode(place.ControlSocket));
            using var client = new ControlClient(place);
            Assert.Equal("tun7", (await client.Get("/status", ControlJson.Default.StatusAnswer, default)).Instance);
        }

        using var late = new ControlClient(place);
        Assert.False(await late.IsAlive(default));
        var ended = await Assert.ThrowsAsync<VerbException>(() => late.Get("/status", ControlJson.Default.StatusAnswer, default));
        Assert.Equal((ExitCode.NotRunning, "tun7 is not running any more"), (ended.Code, ended.Message));
    }

    [Fact]
    public async Task Socket_that_a_killed_run_left_should_be_replaced()
    {
        var place = _directory.Make("tun7");
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            killed.Bind(new UnixDomainSocketEndPoint(place.ControlSocket));
        await File.WriteAllTextAsync($"{place.ControlSocket}.other", "");

        await using var server = new FakeInstance(FakeInstance.Status("tun7")).Start(place);

        using var client = new ControlClient(place);
        Assert.True(await client.IsAlive(default));
    }

    [Fact]
    public async Task All_who_come_while_the_first_is_waited_for_should_be_answered()
    {
        var place = _directory.Make("tun7");
        await using var server = new FakeInstance(FakeInstance.Status("tun7")).Start(place);
        var clients = Enumerable.Range(0, 20).Select(_ => new ControlClient(place)).ToList();

        var answers = await Task.WhenAll(clients.Select(client => client.Get("/status", ControlJson.Default.StatusAnswer, default)));

        Assert.All(answers, answer => Assert.Equal("tun7", answer.Instance));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task First_to_come_may_go_without_a_question()
    {
        var place = _directory.Make("tun7");
        await using var server = new FakeInstance(FakeInstance.Status("tun7")).Start(place);
        using var client = new ControlClient(place);

        Assert.True(await client.IsAlive(default));

        Assert.Equal("tun7", (await client.Get("/status", ControlJson.Default.StatusAnswer, default)).Instance);
    }

    [Fact]
    public async Task Nobody_should_be_kept_waiting_when_what_serves_cannot_be_started()
    {
        var sink = new CollectingSink();
        await using var log = new LoggerConfiguration().WriteTo.Sink(sink).CreateLogger();
        var place = _directory.Make("tun7");
        await using var server = ControlServer.TryStart(place.ControlSocket, [new BrokenEndpoints()], log);
        using var client = new ControlClient(place);

        await Assert.ThrowsAsync<VerbException>(() => client.Get("/status", ControlJson.Default.StatusAnswer, default));

        Assert.Equal("no control API: what serves it cannot be started", (await sink.Next(_ => true)).RenderMessage());
        Assert.False(await client.IsAlive(default));
    }

    [Theory]
    [InlineData("/nowhere", "there is no GET /nowhere", ExitCode.Failure)]
    [InlineData("/trouble?kind=question", "say it otherwise", ExitCode.Usage)]
    [InlineData("/trouble?kind=silence", "the tunnel did not answer within 5 seconds", ExitCode.Failure)]
    [InlineData("/trouble?kind=bug", "udptun has a fault of its own; its log tells which", ExitCode.Failure)]
    public async Task Failure_should_be_a_sentence(string path, string sentence, object code)
    {
        var place = _directory.Make("tun7");
        var instance = new FakeInstance(FakeInstance.Status("tun7"))
        {
            Trouble = context => throw context.Request.Query["kind"].ToString() switch
            {
                "question" => new ControlException(400, "say it otherwise"),
                "silence" => new AskTimeoutException("no answer"),
                _ => new InvalidOperationException("secret"),
            },
        };
        await using var server = instance.Start(place);
        using var client = new ControlClient(place);

        var failure = await Assert.ThrowsAsync<VerbException>(() => client.Get(path, ControlJson.Default.StatusAnswer, default));

        Assert.Equal((code, sentence), (failure.Code, failure.Message));
    }

    [Fact]
    public async Task Tunnel_should_go_on_without_the_socket_when_its_path_is_too_long()
    {
        var sink = new CollectingSink();
        await using var log = new LoggerConfiguration().WriteTo.Sink(sink).CreateLogger();
        var place = new InstancePlace("tun7", "1", true, Path.Combine(_directory.Path, new string('x', 100)));

        Assert.Null(ControlServer.TryStart(place.ControlSocket, [], log));

        Assert.Contains("longer than the 107 bytes", (await sink.Next(_ => true)).RenderMessage());
    }

    private sealed class BrokenEndpoints : IControlEndpoints
    {
        public void Map(IEndpointRouteBuilder routes) => throw new InvalidOperationException("broken");
    }
}
