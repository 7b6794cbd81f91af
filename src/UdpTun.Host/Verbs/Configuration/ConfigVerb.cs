using System.CommandLine;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;

namespace UdpTun.Host.Verbs.Configuration;

/// <summary><c>udptun config check</c>: whether a configuration is right, before a role is started with it.</summary>
internal sealed class ConfigVerb(RootOptions options) : IVerb
{
    public Command Describe(Terminal terminal)
    {
        var check = new Command("check", "Read all settings as a role would, and say what is wrong with them (exit code 6)");
        foreach (var option in options.OfSettings) check.Add(option);
        check.OnRun(parsed => Check(parsed, terminal));
        return new Command("config", "Look at settings") { check };
    }

    private ExitCode Check(ParseResult parsed, Terminal terminal)
    {
        var (files, overrides) = options.ReadLayers(parsed);
        new HoconLoader().Load(options.ReadRole(parsed), files, overrides, terminal.Environment);
        terminal.Output.WriteLine("the configuration is right");
        return ExitCode.Success;
    }
}
