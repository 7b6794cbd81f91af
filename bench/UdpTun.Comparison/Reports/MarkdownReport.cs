using System.Text;

namespace UdpTun.Comparison.Reports;

/// <summary>The same tables for a repository, with the picture above.</summary>
internal static class MarkdownReport
{
    /// <param name="results">What was measured.</param>
    /// <param name="picture">The picture's file name beside the page.</param>
    /// <param name="profile">The file name of a page beside it that tells where the time goes; null: there is none.</param>
    public static string Write(Results results, string picture, string? profile)
    {
        var text = new StringBuilder();
        text.AppendLine("# UdpTun beside other tunnels").AppendLine();
        text.AppendLine($"{results.Date:yyyy-MM-dd}, {results.Machine}. Three namespaces, client, server and internet, on the same cores as the load;");
        text.AppendLine($"packets of {Lab.Laboratory.Mtu} bytes in every tunnel; the contenders took turns; {results.Basis}, {results.Seconds} s a transfer. UDP is offered");
        text.AppendLine("as fast as one thread can send. `./run.sh bench` measures anew.").AppendLine();
        text.AppendLine($"![TCP, UDP and round trips of each contender]({picture})").AppendLine();
        foreach (var table in new[] { Tables.Field(results), Tables.Medians(results), Tables.Targets(results), Tables.SecureTargets(results) })
            Append(text, table);
        if (profile is not null && Target.Of(results).Concat(Target.OfSecure(results)).Any(target => target is { Reached: not null, Holds: false }))
            text.AppendLine($"What misses its target, and which share of the time is whose: [{profile}]({profile}).").AppendLine();
        if (results.LeftOut.Count > 0) text.AppendLine("Left out after a second failure, so that these medians are over fewer rounds:").AppendLine();
        foreach (var one in results.LeftOut) text.AppendLine($"* {one}");
        return text.ToString();
    }

    private static void Append(StringBuilder text, IReadOnlyList<string[]> table)
    {
        Row(text, table[0]);
        Row(text, table[0].Select(_ => "---"));
        foreach (var row in table.Skip(1)) Row(text, row);
        text.AppendLine();
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.AppendLine($"| {string.Join(" | ", cells)} |");
}
