using System.CommandLine;

namespace UdpTun.Host.Cli;

/// <summary>Lets verbs end with an <see cref="ExitCode"/>.</summary>
internal static class VerbActions
{
    /// <summary>
    /// Sets what the command does. A failure is an exception that <see cref="FailureReport"/> knows: <see cref="UsageException"/>, or a
    /// <see cref="VerbException"/> with its exit code.
    /// </summary>
    internal static Command OnRun(this Command command, Func<ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        command.SetAction(async (parsed, stop) => (int)await run(parsed, stop));
        return command;
    }

    /// <summary>The same for what needs no awaiting.</summary>
    internal static Command OnRun(this Command command, Func<ParseResult, ExitCode> run) =>
        command.OnRun((parsed, _) => Task.FromResult(run(parsed)));
}
