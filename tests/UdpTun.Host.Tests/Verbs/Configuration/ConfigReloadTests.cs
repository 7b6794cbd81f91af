using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Peers;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Reload;
using UdpTun.Host.Tests.Control;

namespace UdpTun.Host.Tests.Verbs.Configuration;

public sealed class ConfigReloadTests : IDisposable
{
    private static readonly ReloadReport Report = new(
        [new SettingChange("udptun.nat.timeouts.udp", "300s", "60s", "server.conf:4")],
        [new SettingChange("udptun.tun.mtu", "auto", "1300", "server.conf:5", "the TUN is made with it")],
        ["tcp 20080 -> 10.61.0.2:80: as soon as what uses the port still has ended (flows of 10.61.0.3:80: 1)"],
        new PeersReloaded(2, 1, 0, 0));

    private readonly SocketDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private async Task<ProgramRun> RunAsync(ExitCode expected, Func<ReloadReport> answer, params string[] more)
    {
        await using var server = ControlServer.TryStart(_directory.Make("tun7").ControlSocket, [new Endpoints(answer)], Serilog.Core.Logger.None);
        var run = new ProgramRun();
        Assert.Equal(expected, await run.Start(["config", "reload", "--state-directory", _directory.Path, .. more]));
        return run;
    }

    [Fact]
    public async Task Reload_should_tell_people_what_is_taken_and_what_is_not()
    {
        var run = await RunAsync(ExitCode.Success, () => Report);

        Assert.Equal(
            """
            tun7 has taken:
            SETTING                  WAS   IS   WRITTEN AT
            udptun.nat.timeouts.udp  300s  60s  server.conf:4
            2 peers: 1 added, 0 changed, 0 removed
            later: tcp 20080 -> 10.61.0.2:80: as soon as what uses the port still has ended (flows of 10.61.0.3:80: 1)
            not taken, a restart is needed for:
            SETTING         IS    WILL BE  WRITTEN AT     WHY
            udptun.tun.mtu  auto  1300     server.conf:5  the TUN is made with it

            """,
            run.Output);
    }

    [Fact]
    public async Task Reload_of_nothing_new_should_say_so() => Assert.Equal(
        "tun7: no setting is other than before\n", (await RunAsync(ExitCode.Success, () => new ReloadReport([], [], [], null))).Output);

    [Fact]
    public async Task Reload_should_tell_programs_in_json()
    {
        var root = JsonDocument.Parse((await RunAsync(ExitCode.Success, () => Report, "--json")).Output).RootElement;

        Assert.Equal(1, root.GetProperty("schema").GetInt32());
        Assert.Equal("60s", root.GetProperty("taken")[0].GetProperty("now").GetString());
        Assert.Equal("the TUN is made with it", root.GetProperty("needRestart")[0].GetProperty("why").GetString());
        Assert.Equal(1, root.GetProperty("peers").GetProperty("added").GetInt32());
    }

    [Fact]
    public async Task Wrong_configuration_should_be_exit_code_6_with_the_place()
    {
        var run = await RunAsync(
            ExitCode.Configuration, () => throw new ControlException(ControlException.WrongConfiguration, "nothing is changed: server.conf:4: no"));

        Assert.Equal(("udptun: nothing is changed: server.conf:4: no", ""), (run.Error, run.Output));
    }

    [Fact]
    public async Task Instance_that_is_not_there_should_be_exit_code_7()
    {
        var run = new ProgramRun();
        Assert.Equal(ExitCode.NotRunning, await run.Start("config", "reload", "--state-directory", _directory.Path));
    }

    private sealed class Endpoints(Func<ReloadReport> answer) : IControlEndpoints
    {
        public void Map(IEndpointRouteBuilder routes) =>
            routes.MapPost("/config/reload", context => context.Reply(answer(), ControlJson.Default.ReloadReport));
    }
}
