using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Page;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Tests.Control;

namespace UdpTun.Host.Tests.Verbs.Instances;

public sealed class PageVerbTests : IDisposable
{
    private readonly SocketDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private async Task<(ExitCode Code, ProgramRun Run)> Run(ControlException? refusal, params string[] args)
    {
        await using var control = ControlServer.TryStart(
            _directory.Make("tun7").ControlSocket, [new Fake(refusal)], Serilog.Core.Logger.None);
        var run = new ProgramRun { Environment = { ["UDPTUN__STATE_DIRECTORY"] = _directory.Path } };
        return (await run.Start(args), run);
    }

    [Fact]
    public async Task Page_should_be_an_address_alone_for_programs()
    {
        var (code, run) = await Run(null, "page");

        Assert.Equal((ExitCode.Success, "", "http://127.0.0.1:9880/#secret\n"), (code, run.Error, run.Output));
    }

    [Fact]
    public async Task Page_should_be_json_where_that_is_asked_for()
    {
        var (_, run) = await Run(null, "page", "--json");

        var root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            (1, "http://127.0.0.1:9880/", "secret", "http://127.0.0.1:9880/#secret"),
            (root.GetProperty("schema").GetInt32(), root.GetProperty("address").GetString(), root.GetProperty("token").GetString(),
                root.GetProperty("url").GetString()));
    }

    [Fact]
    public async Task Refusal_should_be_a_sentence()
    {
        var (code, run) = await Run(new ControlException(409, "the page cannot be had at 127.0.0.1:9880: taken"), "page");

        Assert.Equal((ExitCode.Failure, "udptun: the page cannot be had at 127.0.0.1:9880: taken", ""), (code, run.Error, run.Output));
    }

    private sealed class Fake(ControlException? refusal) : IControlEndpoints
    {
        public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/page", context => refusal is null
            ? context.Reply(new PageAnswer("http://127.0.0.1:9880/", "secret"), ControlJson.Default.PageAnswer)
            : throw refusal);
    }
}
