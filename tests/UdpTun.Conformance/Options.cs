using System.Globalization;
using UdpTun.Conformance.Reports;
using UdpTun.Conformance.Table;

namespace UdpTun.Conformance;

/// <summary>What the command line asks for.</summary>
/// <param name="Filter">A part of a requirement's name, such as <c>4787</c>; empty: all.</param>
/// <param name="Exit">Only this exit; null: all.</param>
/// <param name="List">Tells the rows and tries none.</param>
/// <param name="Jobs">Laboratories at once.</param>
/// <param name="Report">Writes the results as text, JSON or Markdown.</param>
internal sealed record Options(string Filter, Exit? Exit, bool List, int Jobs, Func<IReadOnlyList<RowResult>, string> Report)
{
    private const int DefaultJobs = 3;

    private const string Usage = """
        usage: ./run.sh conformance [PART] [--exit EXIT] [--json | --markdown] [--list] [--jobs NUMBER]
          PART        requirements whose name holds it: 4787, "RFC 5508 REQ-4", IPv6
          --exit      masquerade, port-range or routed alone
          --json      the results as JSON (schema 1) on standard output; --markdown as docs/CONFORMANCE.md
          --list      the requirements, without trying them
          --jobs      laboratories at once, 1 to 16 (default 3): most of the time is spent waiting for timers
        """;

    /// <exception cref="ArgumentException">It is no command line of ours; the message says what one is.</exception>
    internal static Options Parse(IReadOnlyList<string> words)
    {
        var options = new Options("", null, false, DefaultJobs, TextReport.Write);
        for (var i = 0; i < words.Count; i++)
        {
            options = words[i] switch
            {
                "--exit" when i + 1 < words.Count => options with { Exit = ExitNames.Parse(words[++i]) },
                "--jobs" when i + 1 < words.Count && TryJobs(words[i + 1], out var jobs) && i++ >= 0 => options with { Jobs = jobs },
                "--json" => options with { Report = JsonReport.Write },
                "--markdown" => options with { Report = MarkdownReport.Write },
                "--list" => options with { List = true },
                ['-', ..] => throw new ArgumentException($"'{words[i]}' is not an option of 'conformance', or lacks its value\n{Usage}"),
                _ when options.Filter.Length > 0 =>
                    throw new ArgumentException($"'conformance' takes one PART, not '{words[i]}' too\n{Usage}"),
                var part => options with { Filter = part },
            };
        }

        return options;
    }

    internal bool Wants(Requirement row, Exit exit) =>
        row.Id.Contains(Filter, StringComparison.OrdinalIgnoreCase) && (Exit is null || Exit == exit);

    private static bool TryJobs(string word, out int jobs) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out jobs) && jobs is >= 1 and <= 16;
}
