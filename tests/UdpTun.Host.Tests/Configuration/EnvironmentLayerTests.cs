using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;

namespace UdpTun.Host.Tests.Configuration;

public sealed class EnvironmentLayerTests
{
    [Theory]
    [InlineData("udptun.transport", "UDPTUN__TRANSPORT")]
    [InlineData("udptun.nat.timeouts.tcp-established", "UDPTUN__NAT__TIMEOUTS__TCP_ESTABLISHED")]
    [InlineData("udptun.nat.max-sessions-per-client", "UDPTUN__NAT__MAX_SESSIONS_PER_CLIENT")]
    public void Key_should_have_its_variable(string key, string variable) => Assert.Equal(variable, EnvironmentLayer.VariableOf(key));

    [Fact]
    public async Task Variable_should_set_its_setting()
    {
        var run = new ProgramRun();
        run.Environment["UDPTUN__NAT__TIMEOUTS__TCP_ESTABLISHED"] = "5h";
        run.Environment["UDPTUN__SERVER__ALLOWED_DESTINATIONS"] = "10.1.0.0/16,10.2.0.0/16";
        run.Environment["PATH"] = "/bin";

        Assert.Equal(ExitCode.Success, await run.Start("--role", "server"));

        Assert.Equal(TimeSpan.FromHours(5), run.Given!.Settings.Nat.Timeouts.TcpEstablished);
        Assert.Equal(2, run.Given.Settings.Server.AllowedDestinations.Count);
    }

    [Theory]
    [InlineData("UDPTUN__NAT__PORT", "UDPTUN__NAT__PORTS")]
    [InlineData("UDPTUN_NAT_PORTS", "UDPTUN__NAT__PORTS")]
    [InlineData("UDPTUN_TRANSPORT", "UDPTUN__TRANSPORT")]
    [InlineData("UDPTUN__TUN_MTU", "UDPTUN__TUN__MTU")]
    public async Task Variable_should_be_refused_when_it_misses_its_setting(string variable, string meant)
    {
        var run = new ProgramRun();
        run.Environment[variable] = "1";

        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "server"));

        Assert.Equal($"udptun: {variable}: the environment variable names no setting; did you mean {meant}?", run.Error);
    }

    [Fact]
    public async Task Variable_should_be_left_alone_when_it_is_no_setting_of_ours()
    {
        var run = new ProgramRun();
        run.Environment["UDPTUN_HOME"] = "/opt/udptun";

        Assert.Equal(ExitCode.Success, await run.Start("--role", "server"));
    }

    [Fact]
    public async Task Value_should_be_refused_with_its_variable()
    {
        var run = new ProgramRun();
        run.Environment["UDPTUN__TUN__MTU"] = "70000";

        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "server"));

        Assert.StartsWith("udptun: UDPTUN__TUN__MTU: udptun.tun.mtu is '70000', but must be", run.Error);
    }
}
