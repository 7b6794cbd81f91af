using System.Text;

namespace UdpTun.Comparison.Reports;

/// <summary>Tables for a terminal.</summary>
internal static class TextReport
{
    public static string Write(Results results)
    {
        var text = new StringBuilder();
        text.AppendLine($"{results.Date:yyyy-MM-dd}, {results.Machine}; {results.Basis} of {results.Seconds} s").AppendLine();
        foreach (var table in new[] { Tables.Field(results), Tables.Medians(results), Tables.Targets(results), Tables.SecureTargets(results) }) Append(text, table);
        foreach (var one in results.LeftOut) text.AppendLine($"left out after a second failure: {one}");
        return text.ToString();
    }

    private static void Append(StringBuilder text, IReadOnlyList<string[]> table)
    {
        var widths = Enumerable.Range(0, table[0].Length).Select(column => table.Max(row => row[column].Length)).ToArray();
        // Numbers stand right, words left.
        foreach (var row in table)
            text.AppendLine(string.Join("  ", row.Select((cell, column) => IsNumber(cell) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        text.AppendLine();
    }

    private static bool IsNumber(string cell) => cell.Length > 0 && (char.IsAsciiDigit(cell[0]) || cell == "-");
}
