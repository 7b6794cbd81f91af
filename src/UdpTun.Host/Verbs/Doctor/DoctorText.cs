namespace UdpTun.Host.Verbs.Doctor;

/// <summary>Findings for people: one a line, the remedy below it.</summary>
internal sealed class DoctorText(DoctorAnswer answer)
{
    private const int VerdictWidth = 8;

    internal void Write(TextWriter output)
    {
        output.WriteLine($"udptun doctor: {answer.Role}, {(answer.Running ? "which runs here" : "none runs here")}");
        var width = answer.Findings.Max(finding => finding.Check.Length);
        foreach (var finding in answer.Findings)
        {
            output.WriteLine($"{WordOf(finding.Verdict).PadRight(VerdictWidth)} {finding.Check.PadRight(width)}  {finding.Text}");
            if (finding.Remedy is not null) output.WriteLine($"{"".PadRight(VerdictWidth + width + 1)}  remedy: {finding.Remedy}");
        }

        var (bad, warnings) = (Count(Verdict.Bad), Count(Verdict.Warning));
        output.WriteLine(bad + warnings == 0 ? "nothing is wrong" : $"{bad} wrong, {warnings} to think about");
    }

    private static string WordOf(Verdict verdict) => verdict switch
    {
        Verdict.Good => "good",
        Verdict.Skipped => "skipped",
        Verdict.Warning => "WARNING",
        _ => "WRONG",
    };

    private int Count(Verdict verdict) => answer.Findings.Count(finding => finding.Verdict == verdict);
}
