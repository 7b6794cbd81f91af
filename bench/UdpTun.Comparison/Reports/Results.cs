using UdpTun.Comparison.Contenders;
using UdpTun.Comparison.Measures;

namespace UdpTun.Comparison.Reports;

/// <summary>What was measured.</summary>
/// <param name="machine">Where.</param>
/// <param name="rounds">How often.</param>
/// <param name="seconds">How long each transfer lasted.</param>
internal sealed class Results(string machine, int rounds, int seconds)
{
    private readonly Dictionary<Contender, List<IReadOnlyDictionary<Measure, double>>> _rounds = [];
    private readonly Dictionary<string, string> _missing = [];
    private readonly List<string> _leftOut = [];

    public string Machine { get; } = machine;

    public int Rounds { get; } = rounds;

    public int Seconds { get; } = seconds;

    /// <summary>How the numbers came about.</summary>
    public string Basis => Rounds == 1 ? "one round" : $"medians of {Rounds} rounds";

    public DateOnly Date { get; } = DateOnly.FromDateTime(DateTime.Now);

    /// <summary>Those that were measured, in the order of the first round.</summary>
    public IEnumerable<Contender> Contenders => _rounds.Keys;

    /// <summary>Those that could not be had, and why.</summary>
    public IReadOnlyDictionary<string, string> Missing => _missing;

    /// <summary>What failed twice in a round, and why: medians of these are over fewer rounds.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    public void LeaveOut(Contender contender, int round, string measure, string reason) =>
        _leftOut.Add($"{contender.Name}, round {round}: {measure}: {reason.ReplaceLineEndings(" ")}");

    public void Add(Contender contender, IReadOnlyDictionary<Measure, double> round)
    {
        if (!_rounds.TryGetValue(contender, out var rounds)) _rounds.Add(contender, rounds = []);
        rounds.Add(round);
    }

    public void Miss(Contender contender, string reason) => _missing.Add(contender.Name, reason.ReplaceLineEndings(" "));

    /// <summary>Every round's value; empty where a measure says nothing of a contender (memory of the kernel).</summary>
    public IReadOnlyList<double> Values(Contender contender, Measure measure) =>
        [.. _rounds[contender].Where(round => round.ContainsKey(measure)).Select(round => round[measure])];

    public double? Median(Contender contender, Measure measure) =>
        Values(contender, measure) is { Count: > 0 } values ? Statistics.Median(values) : null;

    /// <summary>The median of the contender of that name, where it was measured.</summary>
    public double? Median(string name, Measure measure) =>
        Contenders.FirstOrDefault(contender => contender.Name == name) is { } found ? Median(found, measure) : null;

    /// <summary>The best median among the tunnels that people use today.</summary>
    public double? BestPeer(Measure measure)
    {
        var medians = Contenders.Where(contender => contender.Kind == Kind.Peer).Select(peer => Median(peer, measure)).OfType<double>().ToArray();
        return medians.Length == 0 ? null : measure.MoreIsBetter ? medians.Max() : medians.Min();
    }
}
