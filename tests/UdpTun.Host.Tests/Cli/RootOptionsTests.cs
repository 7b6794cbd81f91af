using UdpTun.Host.Cli;

namespace UdpTun.Host.Tests.Cli;

public sealed class RootOptionsTests
{
    [Fact]
    public async Task Help_should_tell_every_option_and_what_a_newcomer_asks()
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start("--help"));

        var options = new RootOptions().All.Select(option => option.Name).ToList();
        Assert.Equal(
            [
                "--address", "--config", "--exit", "--hex", "--listen", "--log-level", "--role",
                "--route", "--server", "--set", "--state-directory", "--transport", "--tun", "--uplink",
            ],
            options.Order(StringComparer.Ordinal));
        Assert.All(["--help", "--version", "config", "cleanup"], word => Assert.Contains($"{word} ", run.Output));
        Assert.All(options, option => Assert.Contains($"{option} ", run.Output));
        Assert.All(["server", "client", "dump", "echo", "cleanup"], role => Assert.Contains(role, run.Output));
        Assert.All(["Examples:", "wins:", "UDPTUN__", "Exit codes:"], part => Assert.Contains(part, run.Output));
        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.Matches($@"(?m)(^|\s){(int)code}  [a-z]", run.Output));
        Assert.Null(run.Given);
    }

    [Fact]
    public async Task Version_should_be_told()
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start("--version"));

        Assert.Matches(@"\d+\.\d+", run.Output);
    }

    [Theory]
    [InlineData("say what to run: --role server, client, dump, echo or cleanup")]
    [InlineData("'juggler' is no role; --role takes server, client, dump, echo or cleanup", "--role", "juggler")]
    [InlineData("'0' is no role", "--role", "0")]
    [InlineData("'Server' is no role", "--role", "Server")]
    [InlineData("'--colour'", "--role", "server", "--colour", "red")]
    [InlineData("'juggle'", "balls", "juggle")]
    [InlineData("--listen", "--role", "server", "--listen")]
    [InlineData("--role", "--role", "server", "--role", "client")]
    [InlineData("--exit", "--role", "server", "--exit", "echo", "--exit", "masquerade")]
    [InlineData("the verb cleanup and --role server contradict each other", "--role", "server", "cleanup")]
    [InlineData("--hex does not fit the role echo", "--role", "echo", "--hex")]
    [InlineData("--server does not fit the role server", "--role", "server", "--server", "192.0.2.1")]
    [InlineData("--route does not fit the role server", "--role", "server", "--route", "default")]
    [InlineData("--listen does not fit the role client", "--role", "client", "--server", "192.0.2.1", "--listen", "0.0.0.0:1")]
    [InlineData("--exit does not fit the role client", "--role", "client", "--server", "192.0.2.1", "--exit", "echo")]
    [InlineData("--uplink does not fit the role dump", "--role", "dump", "--uplink", "eth0")]
    [InlineData("--transport does not fit the role dump", "--role", "dump", "--transport", "plain")]
    [InlineData("--address does not fit the role cleanup", "--role", "cleanup", "--address", "10.0.0.1/8")]
    [InlineData("--set takes a full key", "--role", "server", "--set", "nat.ports=1-2")]
    [InlineData("--set takes a full key", "--role", "server", "--set", "udptun.nat.ports")]
    public async Task Words_should_be_refused_in_one_sentence(string sentence, params string[] args)
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Usage, await run.Start(args));

        Assert.StartsWith("udptun: ", run.Error);
        Assert.Contains(sentence, run.Error);
        Assert.DoesNotContain('\n', run.Error);
        Assert.Null(run.Given);
    }

    [Theory]
    [InlineData("--role", "cleanup", "--tun", "tun7", "--set", "udptun.log.level=debug")]
    [InlineData("cleanup", "--tun", "tun7", "--set", "udptun.log.level=debug")]
    [InlineData("--tun", "tun7", "--set", "udptun.log.level=debug", "cleanup")]
    [InlineData("--role", "cleanup", "cleanup", "--tun", "tun7", "--set", "udptun.log.level=debug")]
    public async Task Cleanup_should_be_verb_and_role_alike(params string[] args)
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start(args));

        Assert.Equal(Role.Cleanup, run.Asked);
        Assert.Equal("tun7", run.Given!.Settings.Tun.Name);
        Assert.Equal(Actors.Settings.LogVerbosity.Debug, run.Given.Settings.Log.Level);
    }

    [Fact]
    public async Task Options_of_the_server_should_be_its_settings()
    {
        var run = new ProgramRun();

        await run.Start(
            "--role", "server", "--listen", "[::]:443", "--exit", "echo", "--uplink", "eth7", "--address", "192.168.61.9/24",
            "--tun", "tun7", "--transport", "plain", "--state-directory", "/tmp/udptun-state", "--log-level", "error");

        var settings = run.Given!.Settings;
        Assert.Equal("[::]:443", settings.Server.Listen.ToString());
        Assert.Equal(Actors.Settings.ExitKind.Echo, settings.Server.Exit);
        Assert.Equal("eth7", settings.Server.Uplink);
        Assert.Equal("192.168.61.9/24", settings.Server.Address.ToString());
        Assert.Equal("tun7", settings.Tun.Name);
        Assert.Equal("/tmp/udptun-state", settings.StateDirectory);
        Assert.Equal(Actors.Settings.LogVerbosity.Error, settings.Log.Level);
    }

    [Fact]
    public async Task Options_of_the_client_should_be_its_settings()
    {
        var run = new ProgramRun();

        await run.Start(
            "--role", "client", "--server", "[2001:db8::1]", "--address", "10.61.0.9/32",
            "--route", "203.0.113.0/24", "--route", "2001:db8:1::/48", "--route", "default");

        var client = run.Given!.Settings.Client;
        Assert.Equal("[2001:db8::1]:9877", client.Server!.ToString());
        Assert.Equal(["203.0.113.0/24", "2001:db8:1::/48"], client.Routes.Select(route => route.ToString()));
        Assert.True(client.RouteEverything);
        Assert.Equal("10.61.0.9/32", client.Address.ToString());
    }

    [Fact]
    public async Task Hex_should_reach_the_dump()
    {
        var run = new ProgramRun();

        await run.Start("--role", "dump", "--hex");

        Assert.True(run.Given!.Options.Hex);
    }
}
