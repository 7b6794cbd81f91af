using System.Collections;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Hosting;
using UdpTun.Host.Logging;
using UdpTun.Host.Roles;

namespace UdpTun.Host;

/// <summary>From the command line to an exit code: parse, load, log, run the role.</summary>
/// <param name="environment">The environment variables.</param>
/// <param name="output">Help, dumps and tables.</param>
/// <param name="error">One sentence when something is wrong.</param>
/// <param name="roles">Which class plays which role.</param>
internal sealed class Program(IDictionary environment, TextWriter output, TextWriter error, Func<Role, IRole> roles)
{
    private static async Task<int> Main(string[] args)
    {
        using var signals = new StopSignals();
        var program = new Program(Environment.GetEnvironmentVariables(), Console.Out, Console.Error, RoleFactory.Create);
        return (int)await program.RunAsync(args, signals.Token);
    }

    /// <summary>Never throws: whatever happens is an exit code and a sentence.</summary>
    internal async Task<ExitCode> RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        try
        {
            return await new RootOptions(RunRoleAsync).InvokeAsync(args, output, error, stop);
        }
        catch (Exception e)
        {
            await using var log = SerilogBridge.CreateConsoleLogger(LogVerbosity.Error);
            return FailureReport.Write(e, error, log);
        }
    }

    private async Task<ExitCode> RunRoleAsync(RunOptions options, CancellationToken stop)
    {
        var loaded = new HoconLoader().Load(options, environment);
        await using var log = SerilogBridge.CreateLogger(loaded.Settings.Log);
        try
        {
            return await roles(options.Role).RunAsync(new RunContext(options, loaded.Settings, loaded.Config, log, output), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
        catch (Exception e)
        {
            return FailureReport.Write(e, error, log);
        }
    }
}
