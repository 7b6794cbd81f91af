using System.Globalization;
using System.Text.Json.Nodes;
using UdpTun.Host.Cli;
using UdpTun.Host.Journal;
using UdpTun.Host.Verbs.Printing;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Host.Verbs.Journal;

/// <summary>All entries of the journals, a line each; in JSON a document each, so that no more than one is held in memory.</summary>
internal static class JournalListing
{
    public static ExitCode Write(IReadOnlyList<JournalFolder> folders, bool asJson, TextWriter output)
    {
        foreach (var folder in folders)
        {
            foreach (var file in folder.Files())
            {
                using var records = new JournalFileReader(file, null);
                while (records.TryRead(out var record)) output.WriteLine(asJson ? Json(folder.Device, record) : Line(record));
            }
        }

        output.Flush();
        return ExitCode.Success;
    }

    private static string Line(in MappingRecord record) => $"{Time(record.At)} {Word(record.Kind)}" + record.Kind switch
    {
        MappingRecordKind.Opened or MappingRecordKind.StillOpen => $" {Mapping(record)} is {record.Inner} of client {record.Client}",
        MappingRecordKind.Closed =>
            $" {Mapping(record)} was {record.Inner} of client {record.Client} since {Time(record.OpenedAt)}",
        MappingRecordKind.Contacted => $" {Mapping(record)} with {record.Remote}",
        MappingRecordKind.Lost => $" {Words.Some(record.Missing, "entry", "entries")}",
        _ => "",
    };

    private static string Json(string device, in MappingRecord record)
    {
        var json = new JsonObject { ["schema"] = 1, ["tun"] = device, ["at"] = Time(record.At), ["kind"] = Word(record.Kind) };
        if (record.Kind == MappingRecordKind.Lost) json["entries"] = record.Missing;
        if (record.Protocol == Net.Flows.IpProtocol.None) return json.ToJsonString();
        json["protocol"] = record.Protocol.ToString().ToLowerInvariant();
        json["outer"] = record.Outer.ToString();
        if (record.Kind == MappingRecordKind.Contacted)
        {
            json["remote"] = record.Remote.ToString();
            return json.ToJsonString();
        }

        json["inner"] = record.Inner.ToString();
        json["client"] = record.Client;
        if (record.Kind == MappingRecordKind.Closed) json["openedAt"] = Time(record.OpenedAt);
        return json.ToJsonString();
    }

    private static string Mapping(in MappingRecord record) => $"{record.Protocol.ToString().ToLowerInvariant()} {record.Outer}";

    private static string Word(MappingRecordKind kind) => kind switch
    {
        MappingRecordKind.RunStarted => "server-started",
        MappingRecordKind.RunEnded => "server-stopped",
        MappingRecordKind.FileStarted => "new-file",
        MappingRecordKind.StillOpen => "still-open",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(WhoReport.TimeFormat, CultureInfo.InvariantCulture);
}
