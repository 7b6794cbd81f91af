using System.Text.Encodings.Web;
using System.Text.Json;
using UdpTun.Conformance.Table;

namespace UdpTun.Conformance.Reports;

/// <summary>The table for programs. Members are added without notice; one that is there keeps its meaning while the schema is 1.</summary>
internal static class JsonReport
{
    private const int Schema = 1;

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // Read by people, too, and never inside a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static string Write(IReadOnlyList<RowResult> results) => JsonSerializer.Serialize(
        new
        {
            Schema,
            Passed = TextReport.Count(results, Outcome.Pass),
            Failed = TextReport.Count(results, Outcome.Fail),
            Impossible = TextReport.Count(results, Outcome.Impossible),
            Rows = results.Select(row => new
            {
                Requirement = row.Requirement.Id,
                row.Requirement.Meaning,
                Exit = row.Exit.Name(),
                ServerSettings = row.Requirement.Server,
                ClientSettings = row.Requirement.Client,
                Outcome = row.Outcome.ToString().ToLowerInvariant(),
                Evidence = TextReport.Explain(row),
            }),
        },
        Layout) + "\n";
}
