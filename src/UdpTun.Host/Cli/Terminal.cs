using System.Collections;

namespace UdpTun.Host.Cli;

/// <summary>Where the program was started from: its standard streams and its environment.</summary>
/// <param name="Input">Standard input, for verbs that read it.</param>
/// <param name="Output">What was asked for: help, tables, keys, dumps.</param>
/// <param name="Error">One sentence when something is wrong; never a log of a verb.</param>
/// <param name="Environment">The environment variables.</param>
internal sealed record Terminal(TextReader Input, TextWriter Output, TextWriter Error, IDictionary Environment)
{
    /// <summary>Whether a person reads the output as it comes, who likes tables with lines and colours.</summary>
    internal bool IsInteractive { get; init; }

    /// <summary>Whether a person reads standard error as it comes.</summary>
    internal bool IsErrorInteractive { get; init; }

    /// <summary>Whether colours are wanted (https://no-color.org).</summary>
    internal bool HasColour => IsInteractive && Environment["NO_COLOR"] is not string { Length: > 0 };

    /// <summary>The same for what is told beside an output that is a file's alone.</summary>
    internal Terminal Beside => this with { Output = Error, IsInteractive = IsErrorInteractive };

    /// <summary>The process's own.</summary>
    internal static Terminal OfProcess() => new(Console.In, Console.Out, Console.Error, System.Environment.GetEnvironmentVariables())
    {
        IsInteractive = !Console.IsOutputRedirected,
        IsErrorInteractive = !Console.IsErrorRedirected,
    };
}
