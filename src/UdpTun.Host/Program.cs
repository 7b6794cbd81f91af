using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Hosting;
using UdpTun.Host.Logging;
using UdpTun.Host.Reload;
using UdpTun.Host.Roles;
using UdpTun.Host.Verbs;

namespace UdpTun.Host;

/// <summary>From the command line to an exit code: parse, and run the verb; or load, log, and run the role.</summary>
/// <param name="terminal">Where the program was started from.</param>
/// <param name="roles">Which class plays which role.</param>
internal sealed class Program(Terminal terminal, Func<Role, IRole> roles)
{
    private static async Task<int> Main(string[] args)
    {
        using var signals = new StopSignals();
        return (int)await new Program(Terminal.OfProcess(), RoleFactory.Create).RunAsync(args, signals.Token);
    }

    /// <summary>Never throws: whatever happens is an exit code and a sentence.</summary>
    internal async Task<ExitCode> RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        try
        {
            var options = new RootOptions();
            var line = new CommandLine(terminal, options, VerbList.All(options, RunRoleAsync), RunRoleAsync);
            return await line.InvokeAsync(args, terminal.Output, terminal.Error, stop);
        }
        catch (Exception e)
        {
            await using var log = SerilogBridge.CreateConsoleLogger(LogVerbosity.Error);
            return FailureReport.Write(e, terminal.Error, log);
        }
    }

    private async Task<ExitCode> RunRoleAsync(RunOptions options, CancellationToken stop)
    {
        using var reload = new ReloadSignal();
        while (true)
            if (await RunRoleOnceAsync(options, reload, stop) is { } code) return code;
    }

    private async Task<ExitCode?> RunRoleOnceAsync(RunOptions options, ReloadSignal reload, CancellationToken stop)
    {
        var loaded = new HoconLoader().Load(options, terminal.Environment);
        var level = new LogLevelSwitch(loaded.Settings.Log.Level);
        await using var log = SerilogBridge.CreateLogger(loaded.Settings.Log, level);
        try
        {
            var running = new RunningConfiguration(options, terminal.Environment, loaded);
            var context = new RunContext(options, loaded.Config, running, log, level, reload, terminal.Output);
            foreach (var warning in loaded.Warnings) context.Warn(warning);
            return await roles(options.Role).RunAsync(context, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
        catch (Exception e)
        {
            return FailureReport.Write(e, terminal.Error, log);
        }
    }
}
