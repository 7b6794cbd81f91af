using UdpTun.Conformance.Table;

namespace UdpTun.Conformance.Reports;

/// <summary>One line for each row as its result comes, in no order: laboratories run side by side.</summary>
internal sealed class Progress(int rows, TextWriter output)
{
    private int _done;

    internal void Tell(RowResult result)
    {
        lock (output)
            output.WriteLine($"[{++_done,3}/{rows}] {TextReport.Sign(result.Outcome)} {result.Requirement.Id,-44} "
                + $"{result.Exit.Name(),-11} {result.Evidence}");
    }
}
