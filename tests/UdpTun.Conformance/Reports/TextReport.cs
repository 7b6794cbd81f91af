using System.Text;
using UdpTun.Conformance.Table;

namespace UdpTun.Conformance.Reports;

/// <summary>The table for a terminal.</summary>
internal static class TextReport
{
    internal static string Write(IReadOnlyList<RowResult> results)
    {
        var text = new StringBuilder();
        foreach (var requirement in results.GroupBy(result => result.Requirement))
        {
            text.Append('\n').AppendLine($"{requirement.Key.Id}: {requirement.Key.Meaning}");
            if (requirement.Key.Server.Count > 0) text.AppendLine($"        with {string.Join(", ", requirement.Key.Server)}");
            foreach (var row in requirement) text.AppendLine($"  {Sign(row.Outcome)}  {row.Exit.Name(),-11} {Explain(row)}");
        }

        return text.Append('\n').AppendLine(Sum(results)).ToString();
    }

    internal static string Sign(Outcome outcome) => outcome switch
    {
        Outcome.Pass => "ok",
        Outcome.Fail => "!!",
        _ => "--",
    };

    /// <summary>The evidence; where the kernel is in the way, that first.</summary>
    internal static string Explain(RowResult row) => row.Outcome == Outcome.Impossible
        ? $"impossible under masquerade: {row.Requirement.KernelForbids}; seen: {row.Evidence}"
        : row.Evidence;

    internal static string Sum(IReadOnlyList<RowResult> results) =>
        $"{Count(results, Outcome.Pass)} passed, {Count(results, Outcome.Fail)} failed, {Count(results, Outcome.Impossible)} impossible "
            + "under masquerade";

    internal static int Count(IReadOnlyList<RowResult> results, Outcome outcome) => results.Count(result => result.Outcome == outcome);
}
