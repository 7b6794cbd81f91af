using System.CommandLine;
using System.CommandLine.Help;

namespace UdpTun.Host.Cli;

/// <summary>The command line: its options, their help, and which of them fit which role.</summary>
internal sealed class RootOptions
{
    private const string CleanupVerb = "cleanup";

    private readonly Option<string> _role = new("--role")
    {
        HelpName = "ROLE",
        Description = "What to run: server, client, dump (print what is routed into a TUN), echo (answer pings to any address), cleanup",
    };

    private readonly Option<string[]> _config = new("--config")
    {
        HelpName = "FILE",
        Description = "A HOCON file of settings; may be repeated, the later wins",
        Recursive = true,
    };

    private readonly Option<string[]> _set = new("--set")
    {
        HelpName = "KEY=VALUE",
        Description = "One setting by its full key (udptun.nat.sweep-interval=2s); may be repeated",
        Recursive = true,
    };

    private readonly Option<bool> _hex = new("--hex") { Description = "dump: print the bytes of each packet too" };

    private readonly SettingOption[] _settings =
    [
        SettingOption.Once("--server", "HOST[:PORT]", "client: the server, an IPv6 address in brackets; the port is 9877 if not given",
            role => role is Role.Client ? "udptun.client.server" : null),
        SettingOption.Repeatable("--route", "PREFIX",
            "client, dump, echo: a range routed into the TUN; client: or default for everything; may be repeated",
            role => role is Role.Client or Role.Dump or Role.Echo ? "udptun.client.routes" : null),
        SettingOption.Once("--listen", "ADDRESS:PORT", "server: where clients send to",
            role => role is Role.Server ? "udptun.server.listen" : null),
        SettingOption.Once("--exit", "EXIT", "server: how packets leave, port-range, masquerade, routed or echo",
            role => role is Role.Server ? "udptun.server.exit" : null),
        SettingOption.Once("--uplink", "NAME", "server: the interface to the internet, or auto",
            role => role is Role.Server ? "udptun.server.uplink" : null),
        SettingOption.Once("--address", "ADDRESS/LENGTH", "server, client: the IPv4 address of the TUN",
            role => role switch { Role.Server => "udptun.server.address", Role.Client => "udptun.client.address", _ => null }),
        SettingOption.Once("--transport", "TRANSPORT", "server, client: what a datagram is: plain",
            role => role is Role.Server or Role.Client ? "udptun.transport" : null),
        SettingOption.Once("--tun", "NAME", "The TUN interface (servertun, clienttun, dumptun, echotun by role)", _ => "udptun.tun.name"),
        SettingOption.Once("--state-directory", "PATH", "Where changes to the host are written down, to be undone",
            _ => "udptun.state-directory"),
        SettingOption.Once("--log-level", "LEVEL", "trace, debug, info, warning or error", _ => "udptun.log.level"),
    ];

    private readonly RootCommand _root;
    private readonly Command _cleanup = new(CleanupVerb, "The same as --role cleanup: undo what a crashed run left on this host");

    internal RootOptions(Func<RunOptions, CancellationToken, Task<ExitCode>> run)
    {
        // What fits the role cleanup fits the verb.
        foreach (var setting in _settings.Where(setting => setting.KeyOf(Role.Cleanup) is not null)) setting.Option.Recursive = true;
        _root = new RootCommand("A UDP tunnel for IP packets between a client and a server, on Linux TUN devices.")
        {
            _role, _cleanup, _config, _set, _hex,
        };
        foreach (var setting in _settings) _root.Add(setting.Option);
        _root.Options.OfType<HelpOption>().Single().Action = new HelpText();
        _root.SetAction(async (parsed, stop) => (int)await run(Read(parsed), stop));
        _cleanup.SetAction(async (parsed, stop) => (int)await run(Read(parsed), stop));
    }

    /// <summary>The options' names, for a reader that wants to see them all in the help.</summary>
    internal IEnumerable<string> Names => _root.Options.Select(option => option.Name);

    /// <summary>Runs what <paramref name="args"/> ask for: the run, or the help, or the version.</summary>
    /// <exception cref="UsageException">They make no sense.</exception>
    internal async Task<ExitCode> InvokeAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken stop)
    {
        var parsed = _root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpText)
            throw new UsageException($"{parsed.Errors[0].Message.TrimEnd('.')} (udptun --help tells more)");

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

    private RunOptions Read(ParseResult parsed)
    {
        var role = ReadRole(parsed);
        var hex = parsed.GetValue(_hex);
        if (hex && role is not Role.Dump) throw Unfit("--hex", role);
        return new RunOptions(role, parsed.GetValue(_config) ?? [], [.. Sets(parsed), .. Settings(parsed, role)], hex);
    }

    private Role ReadRole(ParseResult parsed)
    {
        const string Choices = "server, client, dump, echo or cleanup";
        var name = parsed.GetValue(_role);
        if (parsed.CommandResult.Command == _cleanup)
        {
            return name is null or CleanupVerb
                ? Role.Cleanup
                : throw new UsageException($"the verb {CleanupVerb} and --role {name} contradict each other");
        }

        if (name is null) throw new UsageException($"say what to run: --role {Choices} (udptun --help tells more)");
        var isRole = Enum.TryParse<Role>(name, ignoreCase: true, out var role) && name == role.ToString().ToLowerInvariant();
        return isRole ? role : throw new UsageException($"'{name}' is no role; --role takes {Choices}");
    }

    private IEnumerable<SettingOverride> Sets(ParseResult parsed)
    {
        foreach (var text in parsed.GetValue(_set) ?? [])
        {
            var equals = text.IndexOf('=');
            if (equals < 0 || !(text.StartsWith("udptun.", StringComparison.Ordinal) || text.StartsWith("akka.", StringComparison.Ordinal)))
                throw new UsageException($"--set takes a full key and its value, as in udptun.tun.mtu=1380, not '{text}'");
            yield return new SettingOverride("--set", text[..equals].Trim(), text[(equals + 1)..].Trim());
        }
    }

    private IEnumerable<SettingOverride> Settings(ParseResult parsed, Role role)
    {
        foreach (var setting in _settings.Where(setting => parsed.GetResult(setting.Option) is { Implicit: false }))
        {
            var key = setting.KeyOf(role) ?? throw Unfit(setting.Option.Name, role);
            yield return new SettingOverride(setting.Option.Name, key, string.Join(',', parsed.GetValue(setting.Option) ?? []));
        }
    }

    private static UsageException Unfit(string option, Role role) =>
        new($"{option} does not fit the role {role.ToString().ToLowerInvariant()} (udptun --help tells which options do)");
}
