using UdpTun.Host.Cli;

namespace UdpTun.Host.Tests.Configuration;

public sealed class HoconLoaderTests
{
    [Fact]
    public async Task Layer_should_win_over_those_below_it()
    {
        using var weaker = new ConfigFile(
            "udptun { tun { name = tun1, mtu = 1301, queue-length = 301 }",
            "nat.max-sessions-per-client = 11", "server.max-clients = 21 }");
        using var stronger = new ConfigFile(
            "udptun { tun { name = tun2, mtu = 1302, queue-length = 302 }", "nat.max-sessions-per-client = 12 }");
        var run = new ProgramRun();
        run.Environment["UDPTUN__TUN__NAME"] = "tun3";
        run.Environment["UDPTUN__TUN__MTU"] = "1303";
        run.Environment["UDPTUN__TUN__QUEUE_LENGTH"] = "303";

        var exitCode = await run.Start(
            "--role", "server", "--tun", "tun5", "--config", weaker.Path,
            "--set", "udptun.tun.name=tun4", "--set", "udptun.tun.mtu=1304", "--config", stronger.Path);

        Assert.Equal((ExitCode.Success, ""), (exitCode, run.Error));
        var settings = run.Given!.Settings;
        Assert.Equal("tun5", settings.Tun.Name);
        Assert.Equal(1304, settings.Tun.Mtu);
        Assert.Equal(303, settings.Tun.QueueLength);
        Assert.Equal(12, settings.Nat.MaxSessionsPerClient);
        Assert.Equal(21, settings.Server.MaxClients);
    }

    [Fact]
    public async Task List_should_replace_a_list()
    {
        using var file = new ConfigFile("udptun.client.routes = [\"10.1.0.0/16\", \"10.2.0.0/16\"]");
        var run = new ProgramRun();

        await run.Start("--role", "client", "--server", "192.0.2.1", "--config", file.Path, "--route", "10.3.0.0/16");

        Assert.Equal("10.3.0.0/16", Assert.Single(run.Given!.Settings.Client.Routes).ToString());
    }

    [Theory]
    [InlineData("10.1.0.0/16,fd00::/8", "10.1.0.0/16 fd00::/8")]
    [InlineData("[\"10.1.0.0/16\", \"fd00::/8\"]", "10.1.0.0/16 fd00::/8")]
    [InlineData("[]", "")]
    [InlineData("", "")]
    public async Task List_should_be_taken_from_the_command_line(string text, string ranges)
    {
        var run = new ProgramRun();

        await run.Start("--role", "server", "--set", $"udptun.server.allowed-clients={text}");

        Assert.Equal(ranges, string.Join(' ', run.Given!.Settings.Server.AllowedClients));
    }

    [Fact]
    public async Task Text_should_be_empty_when_the_command_line_quotes_nothing()
    {
        var run = new ProgramRun();

        await run.Start("--role", "server", "--set", "udptun.server.address6=\"\"", "--set", "udptun.log.file=");

        Assert.Null(run.Given!.Settings.Server.Address6);
        Assert.Equal("", run.Given.Settings.Log.File);
    }

    [Theory]
    [InlineData("udptun.nat.port = 1-2", "udptun.nat.port is no setting; did you mean udptun.nat.ports?")]
    [InlineData("udptun { tune { mtu = 1400 } }", "udptun.tune is no setting; did you mean udptun.tun?")]
    [InlineData("udptun.loop-dispatcher.troughput = 1", "udptun.loop-dispatcher.troughput is no setting; did you mean udptun.loop-dispatcher.throughput?")]
    [InlineData("udptum.tun.mtu = 1400", "udptum.tun.mtu is no setting; did you mean udptun.tun.mtu?")]
    [InlineData("akka.log-dead-leters = 1", "akka.log-dead-leters is no setting; did you mean akka.log-dead-letters?")]
    [InlineData("wireguard.private-key-of-the-server = abc", "wireguard.private-key-of-the-server is no setting; reference.conf lists them all")]
    [InlineData("udptun.nat = 5", "udptun.nat is a section of settings and takes no value itself")]
    [InlineData("udptun.tun.mtu { x = 1 }", "udptun.tun.mtu is one setting and no section")]
    [InlineData("akka.loglevel = DEBUG", "akka.loglevel is set by udptun.log.level")]
    [InlineData("udptun.tun.mtu = 70000", "udptun.tun.mtu is '70000', but must be 'auto' or a whole number from 1280 to 9000 (bytes)")]
    [InlineData("udptun.nat.timeouts.udp = 300", "udptun.nat.timeouts.udp is '300', but must be a time")]
    [InlineData("udptun.client.routes = default", "udptun.client.routes is 'default', but must be a list")]
    [InlineData("udptun.nat.ports = \"1024-9877\"", "udptun.nat.ports is '1024-9877', but must be a range without the port")]
    [InlineData("include \"x\"", "include is not supported")]
    public async Task Fault_should_be_told_with_file_and_line(string line, string sentence)
    {
        using var file = new ConfigFile("# first", "udptun.transport = plain", line);
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "server", "--config", file.Path));

        Assert.StartsWith($"udptun: {file.Path}:3: {sentence}", run.Error);
        Assert.DoesNotContain('\n', run.Error);
    }

    [Fact]
    public async Task Fault_should_be_told_with_its_option()
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "server", "--set", "udptun.nat.colour=red"));

        Assert.StartsWith("udptun: --set: udptun.nat.colour is no setting", run.Error);
    }

    [Fact]
    public async Task Fault_should_not_blame_a_default_that_another_setting_clashes_with()
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "server", "--listen", "0.0.0.0:20000"));

        Assert.StartsWith("udptun: udptun.nat.ports is '20000-29999', but must be a range without the port", run.Error);
    }

    [Theory]
    [InlineData("/nowhere.conf", "there is no such file")]
    [InlineData("/", "denied")]
    public async Task File_should_be_named_when_it_cannot_be_read(string path, string reason)
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "server", "--config", path));

        Assert.StartsWith($"udptun: {path}: ", run.Error);
        Assert.Contains(reason, run.Error);
    }

    [Theory]
    [InlineData("trace", "DEBUG")]
    [InlineData("debug", "DEBUG")]
    [InlineData("info", "INFO")]
    [InlineData("warning", "WARNING")]
    [InlineData("error", "ERROR")]
    public async Task Actors_level_should_follow_the_one_switch(string level, string akkaLevel)
    {
        var run = new ProgramRun();

        await run.Start("--role", "server", "--log-level", level);

        Assert.Equal(akkaLevel, run.Given!.Config.GetString("akka.loglevel"));
    }

    [Fact]
    public async Task Setting_of_akka_should_reach_the_actor_system()
    {
        var run = new ProgramRun();

        await run.Start("--role", "server", "--set", "akka.actor.default-dispatcher.throughput=7");

        Assert.Equal(7, run.Given!.Config.GetInt("akka.actor.default-dispatcher.throughput"));
    }
}
