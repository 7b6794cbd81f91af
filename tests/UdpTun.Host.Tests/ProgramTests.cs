using UdpTun.Host.Cli;
using UdpTun.Net.Io;

namespace UdpTun.Host.Tests;

public sealed class ProgramTests
{
    [Theory]
    [InlineData("server", Role.Server)]
    [InlineData("dump", Role.Dump)]
    [InlineData("echo", Role.Echo)]
    [InlineData("cleanup", Role.Cleanup)]
    public async Task Role_should_run_when_it_is_named(string name, object role)
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start("--role", name));

        Assert.Equal(role, run.Asked);
        Assert.Equal(role, run.Given!.Options.Role);
        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData("-f", "wg0")]
    [InlineData("--foreground", "status0")]
    [InlineData("-f", "statsu")] // said twice, so it is meant
    public async Task Interface_should_run_when_it_is_named(params string[] line)
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start(line));

        Assert.Equal((Role.Interface, line[1]), (run.Asked, run.Given!.Settings.Tun.Name));
    }

    [Theory]
    [InlineData("did you mean status?", "statsu")]
    [InlineData("--role does not fit", "--role", "server", "wg0")]
    [InlineData("--config does not fit", "-f", "wg0", "--config", "x")]
    [InlineData("-f takes the name of an interface", "-f")]
    [InlineData("'interface' is no role", "--role", "interface")]
    public async Task Interface_should_be_refused_when_something_else_is_said(string reason, params string[] line)
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Usage, await run.Start(line));

        Assert.Contains(reason, run.Error);
        Assert.Null(run.Asked);
    }

    [Theory]
    [InlineData("status")] // a verb of ours
    [InlineData("a/b")]
    public async Task Interface_should_be_refused_when_no_interface_may_be_called_so(string name) =>
        Assert.NotEqual(ExitCode.Success, await new ProgramRun().Start("-f", name));

    [Fact]
    public async Task Role_that_asks_for_it_should_begin_anew_with_what_is_written_now()
    {
        using var file = new ConfigFile("udptun.tun.name = tun1");
        var device = new List<string>();
        ProgramRun run = null!;
        run = new ProgramRun
        {
            Work = _ =>
            {
                device.Add(run.Given!.Settings.Tun.Name);
                File.WriteAllText(file.Path, "udptun.tun.name = tun2");
                return Task.FromResult<ExitCode?>(device.Count == 1 ? null : ExitCode.Success);
            },
        };

        Assert.Equal(ExitCode.Success, await run.Start("--role", "dump", "--config", file.Path));

        Assert.Equal(["tun1", "tun2"], device);
    }

    [Fact]
    public async Task Exit_code_should_be_the_roles_own() =>
        Assert.Equal(ExitCode.NotRunning, await new ProgramRun { Work = _ => Task.FromResult<ExitCode?>(ExitCode.NotRunning) }.Start("cleanup"));

    [Theory]
    [InlineData(DeviceFault.Privilege, ExitCode.Privilege)]
    [InlineData(DeviceFault.NotInstalled, ExitCode.NotInstalled)]
    [InlineData(DeviceFault.Other, ExitCode.Failure)]
    public async Task Unavailable_device_should_be_one_sentence(DeviceFault fault, object exitCode)
    {
        var run = new ProgramRun { Work = _ => throw new DeviceUnavailableException("the TUN is not to be had; run it as root", fault) };

        Assert.Equal(exitCode, await run.Start("--role", "server"));

        Assert.Equal("udptun: the TUN is not to be had; run it as root", run.Error);
    }

    [Fact]
    public async Task Unavailable_device_should_be_recognised_when_a_task_wraps_it()
    {
        var run = new ProgramRun { Work = _ => throw new AggregateException(new DeviceUnavailableException("no", DeviceFault.Privilege)) };

        Assert.Equal(ExitCode.Privilege, await run.Start("--role", "server"));
    }

    [Fact]
    public async Task Bug_should_be_a_failure()
    {
        var run = new ProgramRun { Work = _ => throw new InvalidOperationException("a bug made by a test") };

        Assert.Equal(ExitCode.Failure, await run.Start("--role", "server"));
    }

    [Fact]
    public async Task Run_should_succeed_when_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var run = new ProgramRun
        {
            Work = async token =>
            {
                started.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return ExitCode.Failure;
            },
        };

        var ended = run.Start(stop.Token, "--role", "server");
        await started.Task;
        await stop.CancelAsync();

        Assert.Equal(ExitCode.Success, await ended);
    }

    [Fact]
    public async Task Plain_client_should_be_refused_when_it_has_no_server()
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "client", "--transport", "plain"));

        Assert.Null(run.Given);
        Assert.Equal("udptun: the role client needs a server: give --server HOST[:PORT] or set udptun.client.server", run.Error);
    }

    [Fact]
    public async Task Log_file_should_be_named_when_it_cannot_be_written()
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "server", "--set", "udptun.log.file=/proc/no/such.log"));

        Assert.StartsWith("udptun: udptun.log.file is '/proc/no/such.log', but must be a file that can be written", run.Error);
    }
}
