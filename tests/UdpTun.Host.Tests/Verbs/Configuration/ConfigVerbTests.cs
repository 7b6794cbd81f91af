using UdpTun.Host.Cli;

namespace UdpTun.Host.Tests.Verbs.Configuration;

public sealed class ConfigVerbTests
{
    [Fact]
    public async Task Check_should_answer_programs_too()
    {
        var run = new ProgramRun();
        Assert.Equal(ExitCode.Success, await run.Start("config", "check", "--json"));
        Assert.Equal("""{"schema":1,"isRight":true}""", run.Output.Trim());
    }

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
    [InlineData(ExitCode.Configuration, "--role", "client", "--set", "udptun.transport=plain")]
    [InlineData(ExitCode.Success, "--role", "client", "--set", "udptun.transport=plain", "--set", "udptun.client.server=192.0.2.1")]
    [InlineData(ExitCode.Success, "--role", "server")]
    [InlineData(ExitCode.Success)]
    public async Task Check_should_heed_what_a_role_needs_when_it_is_named(object exitCode, params string[] role) =>
        Assert.Equal(exitCode, await new ProgramRun().Start(["config", "check", .. role]));

    [Fact]
    public async Task Check_should_read_a_servers_peers_and_make_no_key()
    {
        using var secrets = new SecretDirectory();
        string[] arguments = ["config", "check", "--role", "server", .. secrets.Options];
        Assert.Equal(ExitCode.Success, await new ProgramRun().Start(arguments));
        Assert.False(File.Exists(secrets.KeyFile));

        secrets.Write("peers/phone.conf", "allowed-ips = []");
        var run = new ProgramRun();
        Assert.Equal(ExitCode.Configuration, await run.Start(arguments));
        Assert.EndsWith("peers/phone.conf: public-key is missing: the file says not who the peer is", run.Error);
    }

    [Fact]
    public async Task Check_should_heed_the_environment()
    {
        var run = new ProgramRun();
        run.Environment["UDPTUN__TUN__MTU"] = "7";

        Assert.Equal(ExitCode.Configuration, await run.Start("config", "check"));

        Assert.StartsWith("udptun: UDPTUN__TUN__MTU: ", run.Error);
    }

    [Fact]
    public async Task Show_should_tell_each_value_and_where_it_was_written()
    {
        using var file = new ConfigFile("udptun.server.max-clients = 8", "udptun.client.routes = [\"10.0.0.0/8\", \"default\"]");
        var run = new ProgramRun { Environment = { ["UDPTUN__TUN__MTU"] = "1380" } };

        Assert.Equal(ExitCode.Success, await run.Start("config", "show", "--changed", "--config", file.Path, "--set", "udptun.log.file=a b"));

        Assert.Equal(
            [
                "udptun.client.routes = [\"10.0.0.0/8\", default]  # " + file.Path + ":2",
                "udptun.log.file = \"a b\"  # --set",
                "udptun.server.max-clients = 8  # " + file.Path + ":1, live",
                "udptun.tun.mtu = 1380  # UDPTUN__TUN__MTU",
            ],
            run.Output.TrimEnd().Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Show_should_tell_every_setting_to_programs_too()
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start("config", "show", "--json"));

        var root = System.Text.Json.JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(1, root.GetProperty("schema").GetInt32());
        var keys = root.GetProperty("settings").EnumerateArray().Select(setting => setting.GetProperty("key").GetString()).ToList();
        Assert.Contains("udptun.nat.timeouts.udp", keys);
        Assert.All(root.GetProperty("settings").EnumerateArray(), setting => Assert.True(setting.GetProperty("isDefault").GetBoolean()));
    }
}
