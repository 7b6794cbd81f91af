using UdpTun.Host.Cli;

namespace UdpTun.Host.Tests.Verbs.Configuration;

public sealed class ConfigVerbTests
{
    [Fact]
    public async Task Check_should_say_that_all_is_right_and_play_no_role()
    {
        using var file = new ConfigFile("udptun.server.max-clients = 8");
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start("config", "check", "--config", file.Path, "--set", "udptun.tun.mtu=1380"));

        Assert.Equal(("the configuration is right\n", ""), (run.Output, run.Error));
        Assert.Null(run.Given);
    }

    [Fact]
    public async Task Check_should_name_what_is_wrong_and_where()
    {
        using var file = new ConfigFile("udptun.server.max-clients = 8", "udptun.tun.mtu = 7");
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Configuration, await run.Start("config", "check", "--config", file.Path));

        Assert.StartsWith($"udptun: {file.Path}:2: udptun.tun.mtu is '7', but must be", run.Error);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData(ExitCode.Configuration, "--role", "client")]
    [InlineData(ExitCode.Success, "--role", "server")]
    [InlineData(ExitCode.Success)]
    public async Task Check_should_heed_what_a_role_needs_when_it_is_named(object exitCode, params string[] role) =>
        Assert.Equal(exitCode, await new ProgramRun().Start(["config", "check", .. role]));

    [Fact]
    public async Task Check_should_heed_the_environment()
    {
        var run = new ProgramRun();
        run.Environment["UDPTUN__TUN__MTU"] = "7";

        Assert.Equal(ExitCode.Configuration, await run.Start("config", "check"));

        Assert.StartsWith("udptun: UDPTUN__TUN__MTU: ", run.Error);
    }
}
