using System.CommandLine;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Client;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Peers;

/// <summary>Which server is meant: the configuration it is started with, and its running instance where there is one.</summary>
internal sealed class ServerOptions(RootOptions options)
{
    // What the unit of the Debian package starts the server with.
    private const string PackagedFile = "/etc/udptun/server.conf";

    private readonly Option<string?> _instance = new("--instance", "-i")
    {
        HelpName = "NAME",
        Description = "The TUN's name of the running server; needed where several run in this network namespace",
    };

    internal void AddTo(Command command)
    {
        foreach (var option in options.OfLayers) command.Add(option);
        command.Add(_instance);
    }

    /// <exception cref="ConfigurationException">The configuration is wrong.</exception>
    internal LoadedConfiguration Load(ParseResult parsed, Terminal terminal)
    {
        var (files, overrides) = options.ReadLayers(parsed);
        if (files.Count == 0 && File.Exists(PackagedFile)) files = [PackagedFile];
        return new HoconLoader().Load(Role.Server, files, overrides, terminal.Environment);
    }

    /// <summary>Lets the running server take the peers as they are on the disk now.</summary>
    /// <returns>What came of it, for the person who asked.</returns>
    /// <exception cref="VerbException">The server has refused them, or may not be asked.</exception>
    internal async Task<string> Reload(ParseResult parsed, LoadedConfiguration loaded, CancellationToken stop)
    {
        using var client = await Find(parsed, loaded, stop);
        if (client is null) return $"no server is running here that {loaded.Settings.StateDirectory} tells of; the next start takes it";
        var answer = await client.Post("/peers/reload", ControlJson.Default.PeersReloaded, stop);
        return $"{client.Place.Device} has taken it: {Words.Some(answer.Count, "peer")}, {answer.Added} added, {answer.Changed} changed, {answer.Removed} removed";
    }

    /// <summary>The running server; null: none runs here, and none is named.</summary>
    /// <exception cref="VerbException">It may not be asked, or the one that is named does not run.</exception>
    internal async Task<ControlClient?> Find(ParseResult parsed, LoadedConfiguration loaded, CancellationToken stop)
    {
        try
        {
            return await new InstanceFinder(loaded.Settings.StateDirectory).One(parsed.GetValue(_instance), stop);
        }
        catch (VerbException none) when (none.Code == ExitCode.NotRunning && parsed.GetValue(_instance) is null)
        {
            return null;
        }
    }
}
