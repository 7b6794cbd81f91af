using System.Diagnostics;

namespace UdpTun.EndToEnd;

/// <summary>What a tool of the host printed and how it ended.</summary>
internal sealed record CommandResult(string CommandLine, int ExitCode, string Output, string Error)
{
    public override string ToString() => $"$ {CommandLine}\n{Output}{Error}(exit code {ExitCode})";
}

/// <summary>Runs a tool of the host to its end, bounded in time.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <exception cref="InvalidOperationException">The tool failed; the message holds all that it said.</exception>
    internal static string Run(params IEnumerable<string> command) => Run(input: null, command);

    internal static string Run(string? input, IEnumerable<string> command)
    {
        var result = Try(input, command);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException(result.ToString());
    }

    internal static CommandResult Try(params IEnumerable<string> command) => Try(input: null, command);

    internal static CommandResult Try(string? input, IEnumerable<string> command)
    {
        var words = command.ToArray();
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{string.Join(' ', words)}' did not end within {Limit.TotalSeconds} s");
        }

        return new CommandResult(string.Join(' ', words), process.ExitCode, output.Result, error.Result);
    }
}
