using System.CommandLine;

namespace UdpTun.Host.Cli;

/// <summary>The options of the roles, their help, and which of them fit which role.</summary>
internal sealed class RootOptions
{
    private const string Choices = "server, client, dump, echo or cleanup";

    private readonly Option<string> _role = new("--role")
    {
        HelpName = "ROLE",
        Description = "What to run: server, client, dump (print what is routed into a TUN), echo (answer pings to any address), cleanup",
    };

    private readonly Option<string[]> _config = new("--config")
    {
        HelpName = "FILE",
        Description = "A HOCON file of settings, or a client's conf; may be repeated, the later wins",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        HelpName = "KEY=VALUE",
        Description = "One setting by its full key (udptun.nat.sweep-interval=2s); may be repeated",
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
        SettingOption.Once("--transport", "TRANSPORT", "server, client: what a datagram is: secure (WireGuard-compatible, the default) or plain (the article's; protects nothing)",
            role => role is Role.Server or Role.Client ? "udptun.transport" : null),
        SettingOption.Once("--tun", "NAME", "The TUN interface (servertun, clienttun, dumptun, echotun by role)", _ => "udptun.tun.name"),
        SettingOption.Once("--state-directory", "PATH", "Where changes to the host are written down, to be undone",
            _ => "udptun.state-directory"),
        SettingOption.Once("--log-level", "LEVEL", "trace, debug, info, warning or error", _ => "udptun.log.level"),
    ];

    /// <summary>In the order of the help.</summary>
    internal IEnumerable<Option> All => [_role, _config, _set, _hex, .. _settings.Select(setting => setting.Option)];

    /// <summary>Those that say what the settings are, in any role.</summary>
    internal IEnumerable<Option> OfSettings => [_role, _config, _set];

    /// <summary>The same without the role.</summary>
    internal IEnumerable<Option> OfLayers => [_config, _set];

    /// <summary>Those that fit a role.</summary>
    internal IEnumerable<Option> Of(Role role) =>
        [.. OfSettings, .. _settings.Where(setting => setting.KeyOf(role) is not null).Select(setting => setting.Option)];

    /// <summary>The run that a command line asks for.</summary>
    /// <exception cref="UsageException">It names no role, or what does not fit it.</exception>
    internal RunOptions Read(ParseResult parsed) =>
        Read(parsed, ReadRole(parsed) ?? throw new UsageException($"say what to run: --role {Choices} (udptun --help tells more)"));

    /// <summary>The run of a role that a verb stands for.</summary>
    /// <exception cref="UsageException">There are options that do not fit the role.</exception>
    internal RunOptions Read(ParseResult parsed, Role role)
    {
        var hex = parsed.GetValue(_hex);
        if (hex && role is not Role.Dump) throw Unfit("--hex", role);
        return new RunOptions(role, parsed.GetValue(_config) ?? [], [.. Sets(parsed), .. Settings(parsed, role)], hex);
    }

    /// <summary>The files and single settings that a command line names.</summary>
    internal (IReadOnlyList<string> Files, IReadOnlyList<SettingOverride> Overrides) ReadLayers(ParseResult parsed) =>
        (parsed.GetValue(_config) ?? [], [.. Sets(parsed)]);

    /// <summary>The role that is named, or null.</summary>
    /// <exception cref="UsageException">What is named is no role.</exception>
    internal Role? ReadRole(ParseResult parsed)
    {
        if (parsed.GetValue(_role) is not { } name) return null;
        var isRole = Enum.TryParse<Role>(name, ignoreCase: true, out var role) && role != Role.Interface && name == role.ToString().ToLowerInvariant();
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
