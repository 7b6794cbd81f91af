using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using UdpTun.Host.Cli;
using UdpTun.Host.Journal;
using UdpTun.Host.Verbs.Printing;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Host.Verbs.Journal;

/// <summary>Asks each server's journal a question and writes the answers, as sentences or as JSON.</summary>
internal sealed class WhoReport(JournalQuestion question, TimeProvider clock)
{
    internal const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <returns>Success when a holder is known, else failure.</returns>
    /// <exception cref="UsageException">The time is yet to come.</exception>
    public ExitCode Write(IReadOnlyList<JournalFolder> folders, bool asJson, TextWriter output)
    {
        if (question.From > clock.GetUtcNow()) throw new UsageException($"{Text(question.From)} is yet to come");
        var answers = folders.Select(folder => (folder.Device, Begin: JournalSearch.BeginOf(folder), Search: Ask(folder))).ToList();
        if (asJson)
        {
            var document = new JsonObject
            {
                ["schema"] = 1,
                ["outer"] = question.Outer.ToString(),
                ["protocol"] = ProtocolName,
                ["from"] = Text(question.From),
                ["to"] = Text(question.To),
                ["servers"] = new JsonArray([.. answers.Select(answer => ToJson(answer.Device, answer.Begin, answer.Search))]),
            };
            output.WriteLine(document.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        }
        else
        {
            var found = answers.Where(answer => answer.Search.Holders.Count > 0).ToList();
            foreach (var (device, begin, search) in found.Count > 0 ? found : answers)
                WriteText(folders.Count > 1 ? $"{device}: " : "", begin, search, output);
            if (answers.Count == 0) output.WriteLine("nobody: no server has written a journal here yet");
        }

        return answers.Any(answer => answer.Search.Holders.Count > 0) ? ExitCode.Success : ExitCode.Failure;
    }

    private string ProtocolName => question.Protocol.ToString().ToLowerInvariant();

    private HolderSearch Ask(JournalFolder folder) =>
        JournalSearch.Who(folder, question.Protocol, question.Outer, question.From, question.To);

    private void WriteText(string server, DateTimeOffset? begin, HolderSearch search, TextWriter output)
    {
        foreach (var holder in search.Holders)
        {
            output.WriteLine($"{server}{ProtocolName} {question.Outer} was {Sentence(holder)}");
            foreach (var (at, remote) in holder.Contacts) output.WriteLine($"  {Text(at)} with {remote}");
        }

        if (search.Holders.Count == 0) output.WriteLine($"{server}{ProtocolName} {question.Outer} was nobody's{Why(begin, search)}");
        if (search.Holders.Count == 0 && search.Before is { } before) output.WriteLine($"  before that: {Sentence(before)}");
        if (search.Holders.Count == 0 && search.After is { } after) output.WriteLine($"  after that: {Sentence(after)}");
        if (search.Missing > 0) output.WriteLine($"  missing in the journal of that time: {Words.Some(search.Missing, "entry", "entries")}, so this may not be all");
    }

    private string Why(DateTimeOffset? begin, HolderSearch search) => begin switch
    {
        null => ", as far as is known: the journal is empty",
        { } start when start > question.From => $", as far as is known: the journal begins at {Text(start)}",
        _ when search.StoppedAt is { } stopped => $": no server ran, since {Text(stopped)}",
        _ => "",
    };

    private static string Sentence(MappingHolder holder) => $"{holder.Inner} of client {holder.Client} from {Text(holder.From)} " + holder.End switch
    {
        HolderEnd.Open => "on, and is still",
        HolderEnd.Closed => $"to {Text(holder.Until!.Value)}",
        HolderEnd.Stopped => $"to {Text(holder.Until!.Value)}, when the server was stopped",
        _ => $"to {Text(holder.Until!.Value)} at least; its end is unknown, since the server ended without writing it down"
            + (holder.OverBy is { } over ? $", before {Text(over)}" : ""),
    };

    private static JsonObject ToJson(string device, DateTimeOffset? begin, HolderSearch search) => new()
    {
        ["tun"] = device,
        ["journalBegins"] = begin is { } start ? Text(start) : null,
        ["stoppedAt"] = search.StoppedAt is { } stopped ? Text(stopped) : null,
        ["missingEntries"] = search.Missing,
        ["holders"] = new JsonArray([.. search.Holders.Select(ToJson)]),
        ["before"] = search.Before is { } before ? ToJson(before) : null,
        ["after"] = search.After is { } after ? ToJson(after) : null,
    };

    private static JsonObject ToJson(MappingHolder holder) => new()
    {
        ["client"] = holder.Client,
        ["inner"] = holder.Inner.ToString(),
        ["from"] = Text(holder.From),
        ["until"] = holder.Until is { } until ? Text(until) : null,
        ["end"] = holder.End.ToString().ToLowerInvariant(),
        ["overBy"] = holder.OverBy is { } over ? Text(over) : null,
        ["contacts"] = new JsonArray([.. holder.Contacts.Select(contact =>
            new JsonObject { ["at"] = Text(contact.At), ["remote"] = contact.Remote.ToString() })]),
    };

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
