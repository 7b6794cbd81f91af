using System.Globalization;
using System.Text;
using UdpTun.Actors.Messages;
using UdpTun.Host.Verbs.Printing;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Roles;

/// <summary>NAT sessions as plain columns, newest first, and below them the mappings that are kept for being reached.</summary>
internal static class SessionTable
{
    private static readonly string[] Header =
        ["SESSION", "CLIENT", "INNER", "OUTER", "REMOTE", "STATE", "IDLE", "OUT", "IN"];

    private static readonly string[] KeptHeader = ["PROTOCOL", "OUTER", "INNER", "CLIENT", "KEPT", "SESSIONS"];

    /// <summary>
    /// A line that counts, then a header and a row a session; the same for kept mappings if there are any. Lines end with a newline.
    /// </summary>
    internal static string Of(SessionsReport report)
    {
        var text = new StringBuilder();
        text.Append($"{Words.Some(report.SessionCount, "session")} on {Words.Some(report.MappingCount, "mapping")}");
        text.Append(report.Sessions.Count < report.SessionCount ? $", the newest {report.Sessions.Count}:\n" : "\n");
        AppendColumns(text, [Header, .. report.Sessions.Select(Row)]);
        if (report.Kept.Count == 0) return text.ToString();
        text.Append("open to everybody:\n");
        AppendColumns(text, [KeptHeader, .. report.Kept.Select(Row)]);
        return text.ToString();
    }

    private static void AppendColumns(StringBuilder text, string[][] rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            text.Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
    }

    private static string[] Row(KeptMappingReport kept) =>
    [
        kept.Protocol.ToString().ToLowerInvariant(), kept.Outer.ToString(), kept.Inner.ToString(), kept.Client ?? "nobody yet",
        kept.Left is { } left ? $"{Math.Max(0, left.TotalSeconds):0}s" : "for ever", kept.Sessions.ToString(CultureInfo.InvariantCulture),
    ];

    private static string[] Row(SessionReport session) =>
    [
        session.Name, session.Client, session.Mapping.Inner.ToString(), session.Mapping.Outer.ToString(), Remote(session.Remote),
        session.State.ToString().ToLowerInvariant(), $"{Math.Max(0, session.Idle.TotalSeconds):0}s",
        Carried(session.Outbound.Packets, session.Outbound.Bytes), Carried(session.Inbound.Packets, session.Inbound.Bytes),
    ];

    // An ICMP session has an identifier at our side and nothing at the other.
    private static string Remote(InetEndpoint remote) => remote.Port == 0 ? remote.Address.ToString() : remote.ToString();

    private static string Carried(long packets, long bytes) => $"{Words.Some(packets, "packet")} {Words.Some(bytes, "byte")}";
}
