using UdpTun.Conformance.Lab;

namespace UdpTun.Conformance.Table;

/// <summary>
/// Tries rows. Those that want the same exit and settings share a laboratory, one after another; laboratories that have nothing in common
/// run side by side.
/// </summary>
/// <param name="side">How many laboratories at once.</param>
/// <param name="progress">Takes each result as it comes.</param>
internal sealed class TableRun(int side, Action<RowResult> progress)
{
    private static readonly TimeSpan RowLimit = TimeSpan.FromSeconds(60);

    /// <returns>The results in the order of the rows.</returns>
    internal async Task<IReadOnlyList<RowResult>> Run(IReadOnlyList<(Requirement Requirement, Exit Exit)> rows, CancellationToken stop)
    {
        var results = new RowResult[rows.Count];
        var laboratories = rows.Index().GroupBy(row => (
            row.Item.Exit, string.Join(' ', row.Item.Requirement.Server), string.Join(' ', row.Item.Requirement.Client),
            row.Item.Requirement.Alone ? row.Index : -1));
        await Parallel.ForEachAsync(
            laboratories, new ParallelOptions { MaxDegreeOfParallelism = side, CancellationToken = stop }, async (group, _) =>
        {
            foreach (var (index, result) in await TryTogether([.. group], stop)) results[index] = result;
        });
        return results;
    }

    private async Task<List<(int Index, RowResult Result)>> TryTogether(
        IReadOnlyList<(int Index, (Requirement Requirement, Exit Exit) Row)> rows, CancellationToken stop)
    {
        var (first, exit) = rows[0].Row;
        var results = new List<(int, RowResult)>();
        await using var lab = new Laboratory(exit);
        Exception? broken = null;
        try
        {
            if (exit != Exit.None) await lab.Start(first.Server, first.Client);
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException)
        {
            broken = failure;
        }

        foreach (var (index, (requirement, _)) in rows)
        {
            stop.ThrowIfCancellationRequested();
            var evidence = broken is null
                ? await TryOne(requirement, lab, stop)
                : new Evidence(false, $"the tunnel did not start: {lab.Complaint ?? broken.Message}", Broken: true);
            var result = new RowResult(requirement, exit, Judge(requirement, exit, evidence), evidence.Seen);
            results.Add((index, result));
            progress(result);
        }

        return results;
    }

    // A row that breaks is a row that failed: the others still have something to say.
    private static async Task<Evidence> TryOne(Requirement requirement, Laboratory lab, CancellationToken stop)
    {
        try
        {
            return await Task.Run(() => requirement.Try(lab), stop).WaitAsync(RowLimit, stop);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new Evidence(false, $"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}", Broken: true);
        }
    }

    private static Outcome Judge(Requirement requirement, Exit exit, Evidence evidence) =>
        evidence.Holds ? Outcome.Pass
        : exit == Exit.Masquerade && !evidence.Broken && requirement.KernelForbids is not null ? Outcome.Impossible
        : Outcome.Fail;
}
