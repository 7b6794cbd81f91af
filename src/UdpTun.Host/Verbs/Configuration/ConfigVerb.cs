using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Verbs.Instances;

namespace UdpTun.Host.Verbs.Configuration;

/// <summary>
/// <c>udptun config check</c>: whether a configuration is right, before a role is started with it. <c>udptun config show</c>: what it comes
/// to, and where each value was written. <c>udptun config reload</c>: see <see cref="ConfigReload"/>.
/// </summary>
internal sealed class ConfigVerb(RootOptions options, InstanceOptions instances) : IVerb
{
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON for programs" };

    private readonly Option<bool> _changed = new("--changed") { Description = "Only what is not as reference.conf has it" };

    public Command Describe(Terminal terminal)
    {
        var check = new Command("check", "Read all settings as a role would, and say what is wrong with them (exit code 6)") { _json };
        var show = new Command("show", "Print every setting with its value, where that was written, and whether a running instance takes it (live)") { _json, _changed };
        foreach (var command in new[] { check, show })
            foreach (var option in options.OfSettings) command.Add(option);
        check.OnRun(parsed => Check(parsed, terminal));
        show.OnRun(parsed => Show(parsed, terminal));
        return new Command("config", "Look at settings, and let a running instance take them") { check, show, new ConfigReload(instances).Describe(terminal) };
    }

    private ExitCode Check(ParseResult parsed, Terminal terminal)
    {
        var secure = Load(parsed, terminal).Secure;
        if (options.ReadRole(parsed) is { } role) secure.Check(role);
        terminal.Output.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(new CheckAnswer(IsRight: true), ConfigJson.Default.CheckAnswer)
            : "the configuration is right");
        return ExitCode.Success;
    }

    private ExitCode Show(ParseResult parsed, Terminal terminal)
    {
        var shown = Load(parsed, terminal).Values.Where(value => !parsed.GetValue(_changed) || !value.IsDefault).ToList();
        if (parsed.GetValue(_json))
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(new SettingsAnswer(shown), ConfigJson.Default.SettingsAnswer));
            return ExitCode.Success;
        }

        foreach (var value in shown) terminal.Output.WriteLine($"{value.Key} = {value.Value}  # {value.Origin}{(value.IsLive ? ", live" : "")}");
        return ExitCode.Success;
    }

    private LoadedConfiguration Load(ParseResult parsed, Terminal terminal)
    {
        var (files, overrides) = options.ReadLayers(parsed);
        return new HoconLoader().Load(options.ReadRole(parsed), files, overrides, terminal.Environment);
    }
}
