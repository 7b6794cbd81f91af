using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Client;
using UdpTun.Host.Reload;
using UdpTun.Host.Verbs.Instances;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Configuration;

/// <summary><c>udptun config reload</c>: a running instance takes what was edited, and tells what of it needs a restart.</summary>
internal sealed class ConfigReload(InstanceOptions options)
{
    internal Command Describe(Terminal terminal)
    {
        var command = new Command("reload", "Let a running instance take what has changed in its files; one that is wrong changes nothing (exit code 6)");
        options.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        using var client = await options.Find(parsed, terminal, stop);
        var report = await client.Post("/config/reload", ControlJson.Default.ReloadReport, stop);
        if (options.Json(parsed)) terminal.Output.WriteLine(JsonSerializer.Serialize(report, ControlJson.Default.ReloadReport));
        else Write(report, client, terminal);
        return ExitCode.Success;
    }

    private static void Write(ReloadReport report, ControlClient client, Terminal terminal)
    {
        var output = terminal.Output;
        output.WriteLine(report.Taken.Count == 0 ? $"{client.Place.Device}: no setting is other than before" : $"{client.Place.Device} has taken:");
        if (report.Taken.Count > 0) WriteChanges(report.Taken, terminal, isWaiting: false);
        if (report.Peers is { } peers)
            output.WriteLine($"{Words.Count(peers.Count)} {(peers.Count == 1 ? "peer" : "peers")}: {peers.Added} added, {peers.Changed} changed, {peers.Removed} removed");
        foreach (var sentence in report.Waiting) output.WriteLine($"later: {sentence}");
        if (report.NeedRestart.Count == 0) return;
        output.WriteLine("not taken, a restart is needed for:");
        WriteChanges(report.NeedRestart, terminal, isWaiting: true);
    }

    private static void WriteChanges(IReadOnlyList<SettingChange> changes, Terminal terminal, bool isWaiting)
    {
        string[] header = ["SETTING", isWaiting ? "IS" : "WAS", isWaiting ? "WILL BE" : "IS", "WRITTEN AT"];
        var table = new TextTable(isWaiting ? [.. header, "WHY"] : header);
        foreach (var change in changes)
        {
            string[] row = [change.Key, change.Before, change.Now, change.Origin];
            table.Add(isWaiting ? [.. row, change.Why ?? ""] : row);
        }

        table.Write(terminal);
    }
}
