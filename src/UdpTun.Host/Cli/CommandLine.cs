using System.CommandLine;
using System.CommandLine.Help;

namespace UdpTun.Host.Cli;

/// <summary>The whole command line: <c>udptun --role ROLE</c> with the options of the roles, <c>udptun VERB</c>, <c>udptun INTERFACE</c>.</summary>
internal sealed class CommandLine
{
    private readonly RootCommand _root;
    private readonly InterfaceStart _start = new();

    /// <param name="terminal">What the verbs read and write.</param>
    /// <param name="options">The options of the roles.</param>
    /// <param name="verbs">What there is beside the roles.</param>
    /// <param name="run">Plays a role.</param>
    internal CommandLine(
        Terminal terminal, RootOptions options, IEnumerable<IVerb> verbs, Func<RunOptions, CancellationToken, Task<ExitCode>> run)
    {
        _root = new RootCommand("A UDP tunnel for IP packets between a client and a server, on Linux TUN devices.");
        foreach (var option in options.All) _root.Add(option);
        foreach (var verb in verbs) _root.Add(verb.Describe(terminal));
        _root.Options.OfType<HelpOption>().Single().Action = new HelpText(_root);
        _start.AddTo(_root);
        _root.OnRun((parsed, stop) => _start.TryRun(parsed, run, stop) ?? run(options.Read(parsed), stop));
    }

    /// <summary>The tree of verbs and options, for what is written from it: the completion of shells.</summary>
    internal RootCommand Root => _root;

    /// <summary>Runs what <paramref name="args"/> ask for: a role, a verb, the help or the version.</summary>
    /// <exception cref="UsageException">They make no sense.</exception>
    internal async Task<ExitCode> InvokeAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken stop)
    {
        var parsed = _root.Parse(args);
        if (parsed.Action is not HelpText)
        {
            _start.RefuseOptions(parsed);
            if (parsed.Errors.Count > 0) throw new UsageException($"{parsed.Errors[0].Message.TrimEnd('.')} ({TellsMore(parsed)})");
            RefuseForeignOptions(parsed);
        }

        // Signals and exceptions are Program's; the library's own handling of both would come before it.
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return (ExitCode)await parsed.InvokeAsync(invocation, stop);
    }

    /// <summary>An option of the roles in front of a verb parses well, but the verb would not heed it.</summary>
    private void RefuseForeignOptions(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var foreign = _root.Options.FirstOrDefault(option =>
            !option.Recursive && !command.Options.Contains(option) && parsed.GetResult(option) is { Implicit: false });
        if (foreign is not null)
            throw new UsageException($"{foreign.Name} does not fit the verb {PathOf(command)} ({TellsMore(parsed)})");
    }

    private string TellsMore(ParseResult parsed) => $"udptun {PathOf(parsed.CommandResult.Command)} --help tells more".Replace("  ", " ");

    private string PathOf(Command command) => command == _root
        ? ""
        : string.Join(' ', command.Parents.OfType<Command>().Select(PathOf).Append(command.Name).Where(name => name.Length > 0));
}
