using System.Diagnostics;
using UdpTun.Comparison.Contenders;
using UdpTun.Comparison.Lab;
using UdpTun.Comparison.Measures;
using UdpTun.Comparison.Reports;

namespace UdpTun.Comparison;

/// <summary>
/// Sets up every contender at once, each in namespaces of its own, where it idles until its turn; then measures them in turn, round after
/// round, another first each time, so that what disturbs the machine disturbs all.
/// </summary>
internal sealed class Tournament(Options options, TextWriter progress)
{
    /// <summary>Transfers and pings of one contender in one round beside the options' seconds.</summary>
    private const int MeasuredParts = 7;
    private const int FixedSeconds = 10;

    public async Task<Results> Play(IReadOnlyList<Contender> contenders, CancellationToken stop)
    {
        var expected = options.Rounds * contenders.Count * ((MeasuredParts * options.Seconds) + FixedSeconds);
        progress.WriteLine($"{contenders.Count} contenders, {options.Rounds} rounds: about {Math.Max(1, expected / 60)} minutes");
        var standing = new List<(Contender Contender, Laboratory Lab)>();
        var results = new Results(Machine.Describe(), options.Rounds, options.Seconds);
        try
        {
            foreach (var contender in contenders) await SetUp(contender, standing, results, stop);
            for (var round = 0; round < options.Rounds; round++)
            {
                for (var turn = 0; turn < standing.Count; turn++)
                {
                    var (contender, lab) = standing[(round + turn) % standing.Count];
                    await Measure(contender, lab, round + 1, results, stop);
                }
            }
        }
        finally
        {
            foreach (var (_, lab) in standing) await lab.DisposeAsync();
        }

        return results;
    }

    private async Task SetUp(Contender contender, List<(Contender Contender, Laboratory Lab)> standing, Results results, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var lab = new Laboratory();
        standing.Add((contender, lab));
        try
        {
            await contender.Start(lab);
            await lab.UntilAnswered();
        }
        catch (Exception missing) when (missing is InvalidOperationException or TimeoutException or System.ComponentModel.Win32Exception)
        {
            standing.RemoveAt(standing.Count - 1);
            await lab.DisposeAsync();
            results.Miss(contender, missing.Message);
            progress.WriteLine($"{contender.Name} cannot be had: {missing.Message}");
        }
    }

    private async Task Measure(Contender contender, Laboratory lab, int round, Results results, CancellationToken stop)
    {
        progress.Write($"round {round} of {options.Rounds}: {contender.Name} ... ");
        var clock = Stopwatch.StartNew();
        results.Add(contender, await new Round(lab, options.Tools, options.Seconds, LeaveOut).Run(stop));
        progress.WriteLine($"{clock.Elapsed.TotalSeconds:F0} s");

        void LeaveOut(string measure, string why)
        {
            results.LeaveOut(contender, round, measure, why);
            progress.Write($"(without {measure}: {why}) ");
        }
    }
}
