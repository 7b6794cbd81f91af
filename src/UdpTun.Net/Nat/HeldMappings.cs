// Stage: NAT-PMP requests and the sweep. Thread: the loop alone. Memory: an entry for each mapping that is held; looking allocates nothing.
using System.Diagnostics.CodeAnalysis;

namespace UdpTun.Net.Nat;

/// <summary>The mappings that clients asked to keep, in the order of their ends, so that the sweep looks at none but those.</summary>
internal sealed class HeldMappings
{
    private readonly SortedSet<Hold> _byEnd = new(Comparer<Hold>.Create((left, right) =>
        (left.Until, left.Number).CompareTo((right.Until, right.Number))));

    private readonly Dictionary<NatMapping, Hold> _holds = [];
    private long _lastNumber;

    public IEnumerable<NatMapping> All => _byEnd.Select(hold => hold.Mapping);

    public void Set(NatMapping mapping, TimeSpan until)
    {
        Remove(mapping);
        var hold = new Hold(until, ++_lastNumber, mapping);
        _holds.Add(mapping, hold);
        _byEnd.Add(hold);
        mapping.HeldUntil = until;
    }

    public void Remove(NatMapping mapping)
    {
        if (!_holds.Remove(mapping, out var hold)) return;
        _byEnd.Remove(hold);
        mapping.HeldUntil = null;
    }

    /// <summary>A mapping whose time has come, if there is one.</summary>
    public bool TryPeekEnded(TimeSpan now, [MaybeNullWhen(false)] out NatMapping mapping)
    {
        mapping = null;
        if (_byEnd.Count == 0 || _byEnd.Min.Until > now) return false;
        mapping = _byEnd.Min.Mapping;
        return true;
    }

    // The number tells holds apart that end at the same time.
    private readonly record struct Hold(TimeSpan Until, long Number, NatMapping Mapping);
}
