using System.CommandLine;
using UdpTun.Host.Configuration;
using UdpTun.Host.Roles.Interface;

namespace UdpTun.Host.Cli;

/// <summary>
/// <c>udptun [-f] NAME</c>: the calling convention of wireguard-go, by which wg-quick starts whatever WG_QUICK_USERSPACE_IMPLEMENTATION names.
/// </summary>
internal sealed class InterfaceStart
{
    private readonly Argument<string?> _name = new("INTERFACE")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Hidden = true, // the library would show it in the usage of every verb; the help's own text tells of it
    };

    private readonly Option<bool> _foreground = new("--foreground", "-f") { Description = "udptun INTERFACE: stay in the foreground" };

    internal void AddTo(RootCommand root)
    {
        root.Add(_name);
        root.Add(_foreground);
    }

    /// <summary>A mistyped option is no interface, though the library takes it for one.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    internal void RefuseOptions(ParseResult parsed)
    {
        if (parsed.GetResult(_name)?.Tokens is [{ Value: ['-', ..] option }]) throw new UsageException($"there is no option '{option}' (udptun --help tells more)");
    }

    /// <summary>Starts the interface that the line names; null when it names none.</summary>
    /// <exception cref="UsageException">The line asks for something else too, or the name looks like a mistyped verb.</exception>
    internal Task<ExitCode>? TryRun(ParseResult parsed, Func<RunOptions, CancellationToken, Task<ExitCode>> run, CancellationToken stop)
    {
        var inForeground = parsed.GetValue(_foreground);
        if (parsed.GetValue(_name) is not { } name)
            return inForeground ? throw new UsageException("-f takes the name of an interface: udptun -f NAME") : null;
        var root = (RootCommand)parsed.RootCommandResult.Command;
        if (root.Options.FirstOrDefault(option => option != _foreground && parsed.GetResult(option) is { Implicit: false }) is { } other)
            throw new UsageException($"{other.Name} does not fit the interface '{name}': wg and ip say what that is to be (udptun --help tells more)");
        if (!inForeground && VerbMeant(name, root) is { } verb)
            throw new UsageException($"'{name}' is no verb; did you mean {verb}? (An interface of that name: udptun -f {name})");
        if (!inForeground) return BackgroundStart.RunAsync(name, stop);
        return run(
            new RunOptions(Role.Interface, [], [new("INTERFACE", "udptun.tun.name", name), new("LOG_LEVEL", "udptun.log.level", InterfaceLog.Level)], Hex: false),
            stop);
    }

    // Interfaces have digits as a rule, and verbs have none.
    private static string? VerbMeant(string name, RootCommand root) =>
        name.Length < 4 || name.Any(char.IsAsciiDigit) ? null : NearestName.Of(name, root.Subcommands.Select(verb => verb.Name));
}
