using UdpTun.Host.Cli;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Roles;

/// <summary>Undoes what crashed runs left in this network namespace, and says what.</summary>
internal sealed class CleanupRole : IRole
{
    public Task<ExitCode?> RunAsync(RunContext context, CancellationToken stop)
    {
        var report = HostCleanup.Run(context.Settings.StateDirectory);
        foreach (var change in report.Undone) context.Output.WriteLine($"undone: {change}");
        foreach (var failure in report.Failed) context.Output.WriteLine($"not undone: {failure}");
        foreach (var device in report.Running) context.Output.WriteLine($"left alone, it is running: {device}");
        if (report.Undone.Count + report.Failed.Count == 0) context.Output.WriteLine("nothing was left behind");
        return Task.FromResult<ExitCode?>(report.Failed.Count > 0 ? ExitCode.Failure : ExitCode.Success);
    }
}
