namespace UdpTun.Net.Counters;

/// <summary>Dropped packets by reason. Written from any thread, read without stopping anyone; a snapshot is not a single instant.</summary>
public sealed class DropCounters
{
    private static readonly int Reasons = Enum.GetValues<DropReason>().Length;

    private readonly long[] _counts = new long[Reasons];

    public long this[DropReason reason] => Volatile.Read(ref _counts[(int)reason]);

    public void Add(DropReason reason, long packets = 1) => Interlocked.Add(ref _counts[(int)reason], packets);

    /// <summary>All packets dropped so far.</summary>
    public long Total
    {
        get
        {
            var total = 0L;
            for (var reason = (DropReason)1; (int)reason < Reasons; reason++) total += this[reason];
            return total;
        }
    }

    /// <summary>
    /// The reasons counted at least once, as <c>Reason=count</c> pairs in the enumeration's order; empty when nothing was dropped.
    /// </summary>
    public override string ToString() => string.Join(' ', Enum.GetValues<DropReason>()
        .Where(reason => reason != DropReason.None && this[reason] > 0)
        .Select(reason => $"{reason}={this[reason]}"));
}
