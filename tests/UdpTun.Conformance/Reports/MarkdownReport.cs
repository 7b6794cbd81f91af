using System.Text;
using UdpTun.Conformance.Table;

namespace UdpTun.Conformance.Reports;

/// <summary>The table as <c>docs/CONFORMANCE.md</c> holds it.</summary>
internal static class MarkdownReport
{
    internal static string Write(IReadOnlyList<RowResult> results)
    {
        var text = new StringBuilder();
        text.AppendLine(
            $"""
            # Conformance

            What RFCs ask of a NAT, tried from outside: two clients of one inner address on one side, an internet host of two addresses on
            the other, the server between them, all network namespaces, and the real tools at both ends. This file is what
            `./run.sh conformance --markdown` printed; nobody edits it. `./run.sh conformance 4787` tries some rows, `--list` tells them,
            `--json` is for programs.

            The server ran with its defaults but for the exit and the settings that a row names. Timers are scaled where a row names them;
            their true values are tested in virtual time by the unit tests that the rows of the exit "none" run.

            {TextReport.Sum(results)}.
            """);
        foreach (var part in results.GroupBy(result => SourceOf(result.Requirement.Id)))
        {
            text.Append('\n').AppendLine($"## {part.Key}").Append('\n');
            text.AppendLine("| requirement | exit | | seen |").AppendLine("| --- | --- | --- | --- |");
            foreach (var requirement in part.GroupBy(result => result.Requirement))
            {
                text.AppendLine($"| **{Escape(NumberOf(requirement.Key.Id))}** "
                    + $"{Escape(requirement.Key.Meaning)}{Settings(requirement.Key)} | | | |");
                foreach (var row in requirement)
                    text.AppendLine($"| | {row.Exit.Name()} | {Word(row.Outcome)} | {Escape(TextReport.Explain(row))} |");
            }
        }

        return text.ToString();
    }

    /// <summary>"RFC 4787" of "RFC 4787 REQ-9a" and of "RFC 4787, RFC 6888 REQ-2".</summary>
    private static string SourceOf(string id) =>
        id.StartsWith("RFC ", StringComparison.Ordinal) ? string.Join(' ', id.Split(' ')[..2]).TrimEnd(',') : id.Split(' ')[0];

    /// <summary>What the source calls it; the source itself where all of it is meant.</summary>
    private static string NumberOf(string id) => id[SourceOf(id).Length..].Trim(',', ' ') is { Length: > 0 } number ? number : id;

    private static string Settings(Requirement row) =>
        row.Server.Count == 0 ? "" : $"<br>with {string.Join(", ", row.Server.Select(setting => $"`{setting}`"))}";

    private static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Pass => "pass",
        Outcome.Fail => "**fail**",
        _ => "impossible",
    };

    private static string Escape(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
