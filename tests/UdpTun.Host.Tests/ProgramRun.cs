using System.Collections;
using UdpTun.Host.Cli;
using UdpTun.Host.Roles;

namespace UdpTun.Host.Tests;

/// <summary>One run of the program in this process, with its writers captured and a role that only notes what it was given.</summary>
internal sealed class ProgramRun : IRole
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    /// <summary>What the role does once it is given its context; nothing by default.</summary>
    internal Func<CancellationToken, Task<ExitCode?>> Work { get; init; } = _ => Task.FromResult<ExitCode?>(ExitCode.Success);

    /// <summary>What stands on standard input.</summary>
    internal string Input { get; init; } = "";

    /// <summary>Whether a person reads what it prints, in a terminal of 80 columns.</summary>
    internal bool IsInteractive { get; init; }

    /// <summary>The same of standard error.</summary>
    internal bool IsErrorInteractive { get; init; }

    internal Dictionary<string, string> Environment { get; } = [];

    /// <summary>What the role was given, or null when it was never run.</summary>
    internal RunContext? Given { get; private set; }

    internal Role? Asked { get; private set; }

    internal string Output => _output.ToString();

    internal string Error => _error.ToString().TrimEnd('\n');

    internal Task<ExitCode> Start(params string[] args) => Start(CancellationToken.None, args);

    internal Task<ExitCode> Start(CancellationToken stop, params string[] args)
    {
        var terminal = new Terminal(new StringReader(Input), _output, _error, (IDictionary)Environment)
        {
            IsInteractive = IsInteractive,
            IsErrorInteractive = IsErrorInteractive,
        };
        var program = new Program(terminal, role =>
        {
            Asked = role;
            return this;
        });
        return program.RunAsync(args, stop);
    }

    Task<ExitCode?> IRole.RunAsync(RunContext context, CancellationToken stop)
    {
        Given = context;
        return Work(stop);
    }
}
