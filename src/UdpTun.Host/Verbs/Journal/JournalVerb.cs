using System.CommandLine;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Journal;

namespace UdpTun.Host.Verbs.Journal;

/// <summary><c>udptun journal</c>: reads what servers wrote down about their mappings, also while they write.</summary>
internal sealed class JournalVerb(RootOptions options) : IVerb
{
    private readonly Option<string?> _directory = new("--directory")
    {
        HelpName = "PATH",
        Description = $"Where the journal is, instead of {JournalSettings.DirectoryKey}",
    };

    private readonly Option<string?> _tun = new("--tun") { HelpName = "NAME", Description = "Only the server with this TUN; every server else" };
    private readonly Option<bool> _json = new("--json") { Description = "For programs (schema 1)" };

    private readonly Argument<string> _endpoint = new("ENDPOINT")
    {
        Description = "ADDRESS:PORT as the internet saw it, an IPv6 address in brackets; for icmp the identifier in the port's place",
    };

    private readonly Argument<string> _protocol = new("PROTOCOL") { Description = "tcp, udp or icmp" };

    private readonly Argument<string> _time = new("TIME")
    {
        Description = "With its zone: 2026-11-22T14:03:07Z or 2026-11-22T15:03+01:00; a time without seconds means the whole minute",
    };

    public Command Describe(Terminal terminal)
    {
        var who = new Command("who", "Who had an outer endpoint at a time; the exit code is 1 when nobody had") { _endpoint, _protocol, _time };
        var show = new Command("show", "Every entry, the oldest first");
        foreach (var command in new[] { who, show })
        {
            foreach (var option in (Option[])[_directory, _tun, .. options.OfSettings, _json]) command.Add(option);
        }

        who.OnRun(parsed => WithFolders(parsed, terminal, folders => new WhoReport(
            JournalQuestion.Parse(parsed.GetValue(_endpoint)!, parsed.GetValue(_protocol)!, parsed.GetValue(_time)!), TimeProvider.System)
            .Write(folders, parsed.GetValue(_json), terminal.Output)));
        show.OnRun(parsed => WithFolders(parsed, terminal, folders =>
            JournalListing.Write(folders, parsed.GetValue(_json), terminal.Output)));
        return new Command("journal", "Who had which outer port: reads the mapping journal of servers (udptun.journal)") { who, show };
    }

    private ExitCode WithFolders(ParseResult parsed, Terminal terminal, Func<IReadOnlyList<JournalFolder>, ExitCode> work)
    {
        try
        {
            return work(FindFolders(parsed, terminal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new VerbException(e is UnauthorizedAccessException ? ExitCode.Privilege : ExitCode.Failure,
                $"the journal cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    private IReadOnlyList<JournalFolder> FindFolders(ParseResult parsed, Terminal terminal)
    {
        var directory = parsed.GetValue(_directory) ?? ReadSetting(parsed, terminal) ?? throw new VerbException(ExitCode.Configuration,
            $"no journal is kept: {JournalSettings.DirectoryKey} is empty. Name the server's configuration with --config, or the directory with --directory");
        if (!Directory.Exists(directory)) throw new VerbException(ExitCode.Failure, $"there is no journal in {directory}");
        var folders = JournalFolder.AllIn(directory);
        if (parsed.GetValue(_tun) is not { } tun) return folders;
        return folders.Where(folder => folder.Device == tun).ToList() is { Count: > 0 } own
            ? own
            : throw new VerbException(ExitCode.Failure,
                $"no server with the TUN {tun} has a journal in {directory}; there are: {string.Join(", ", folders.Select(folder => folder.Device))}");
    }

    private string? ReadSetting(ParseResult parsed, Terminal terminal)
    {
        var (files, overrides) = options.ReadLayers(parsed);
        return new HoconLoader().Load(options.ReadRole(parsed), files, overrides, terminal.Environment).Settings.Journal.Directory;
    }
}
