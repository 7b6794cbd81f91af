using System.CommandLine;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Verbs;

/// <summary><c>udptun cleanup</c>: the role of that name, as short to type as what it is needed for is unpleasant.</summary>
internal sealed class CleanupVerb(RootOptions options, Func<RunOptions, CancellationToken, Task<ExitCode>> run) : IVerb
{
    public Command Describe(Terminal terminal)
    {
        var command = new Command("cleanup", "The same as --role cleanup: undo what a crashed run left on this host");
        foreach (var option in options.Of(Role.Cleanup)) command.Add(option);
        return command.OnRun((parsed, stop) =>
        {
            if (options.ReadRole(parsed) is { } role and not Role.Cleanup)
                throw new UsageException($"the verb cleanup and --role {role.ToString().ToLowerInvariant()} contradict each other");
            return run(options.Read(parsed, Role.Cleanup), stop);
        });
    }
}
