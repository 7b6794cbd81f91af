using System.CommandLine;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control.Client;

namespace UdpTun.Host.Verbs.Instances;

/// <summary>The options that every verb about a running instance takes: which one, where to look for it, and how to print.</summary>
internal sealed class InstanceOptions
{
    private const string StateDirectoryKey = "udptun.state-directory";
    private const string DefaultStateDirectory = "/run/udptun";

    private readonly Option<string> _instance = new("--instance", "-i")
    {
        HelpName = "NAME",
        Description = "The TUN's name of the instance that is meant; needed where several run in this network namespace",
    };

    private readonly Option<string> _stateDirectory = new("--state-directory")
    {
        HelpName = "PATH",
        Description = $"Where the instances were told to keep their state (udptun.state-directory, {DefaultStateDirectory})",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON for programs instead of tables for people" };

    /// <summary>Adds the options to a verb.</summary>
    internal void AddTo(Command command)
    {
        command.Add(_instance);
        command.Add(_stateDirectory);
        command.Add(_json);
    }

    internal bool Json(ParseResult parsed) => parsed.GetValue(_json);

    internal bool IsOneNamed(ParseResult parsed) => parsed.GetValue(_instance) is not null;

    internal InstanceFinder Finder(ParseResult parsed, Terminal terminal) => new(
        parsed.GetValue(_stateDirectory)
        ?? terminal.Environment[EnvironmentLayer.VariableOf(StateDirectoryKey)] as string
        ?? DefaultStateDirectory);

    /// <summary>The way to the instance that is meant; the caller disposes it.</summary>
    internal Task<ControlClient> Find(ParseResult parsed, Terminal terminal, CancellationToken stop) =>
        Finder(parsed, terminal).One(parsed.GetValue(_instance), stop);
}
