// Stage: the flow grouper, fragments only. Thread: the loop. Memory: a slot of the tracker, used again and again.
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Fragments;

/// <summary>
/// What has been seen of one datagram: its flow, once the first fragment has come, and which of its bytes. Nothing is put together here.
/// </summary>
internal sealed class FragmentedDatagram
{
    // Gaps come from reordering or loss. Even reversed fragments leave none: those behind the first wait and then pass in one go.
    private const int MaxRanges = 16;

    private readonly (int Start, int End)[] _ranges = new (int, int)[MaxRanges];
    private int _rangeCount;
    private int _length;

    public FragmentId Id { get; private set; }

    /// <summary>False while the slot is free.</summary>
    public bool IsFollowed { get; private set; }

    public TimeSpan Deadline { get; private set; }

    /// <summary>What takes the place of the sender's identification; null where that is kept.</summary>
    public uint? NewIdentification { get; private set; }

    /// <summary>Known from the first fragment on.</summary>
    public FlowKey? Flow { get; private set; }

    /// <summary>Why none of its fragments passes any more; None as long as they do.</summary>
    public DropReason Refusal { get; private set; }

    /// <summary>Fragments that wait for the first.</summary>
    public int Held { get; set; }

    public bool IsComplete => _rangeCount == 1 && _ranges[0] == (0, _length);

    public void Begin(FragmentId id, uint? newIdentification, TimeSpan deadline)
    {
        (Id, NewIdentification, Deadline, IsFollowed) = (id, newIdentification, deadline, true);
        (Flow, Refusal, Held, _rangeCount, _length) = (null, DropReason.None, 0, 0, 0);
    }

    public void End() => IsFollowed = false;

    public void Refuse(DropReason reason) => Refusal = reason;

    public void Know(in FlowKey flow) => Flow = flow;

    /// <summary>
    /// Takes note of the bytes from <paramref name="start"/> to before <paramref name="end"/>. What has come already is dropped again, as
    /// a network may repeat a packet; what overlaps ends the datagram, as only an attack does so (RFC 5722, for IPv4 too).
    /// </summary>
    /// <returns>None; RepeatedFragment; OverlappingFragment, also behind the datagram's end or in too many pieces.</returns>
    public DropReason Add(int start, int end, bool isLast)
    {
        foreach (var range in _ranges.AsSpan(0, _rangeCount))
        {
            if (start >= range.Start && end <= range.End) return DropReason.RepeatedFragment;
            if (start < range.End && end > range.Start) return DropReason.OverlappingFragment;
        }

        var behind = _rangeCount > 0 && _ranges[_rangeCount - 1].End > end;
        if (isLast ? _length != 0 || behind : _length != 0 && end > _length) return DropReason.OverlappingFragment;
        if (!TryInsert(start, end)) return DropReason.OverlappingFragment;
        if (isLast) _length = end;
        return DropReason.None;
    }

    /// <summary>Keeps the ranges in order and joins those that touch.</summary>
    private bool TryInsert(int start, int end)
    {
        var at = 0;
        while (at < _rangeCount && _ranges[at].End < start) at++;
        if (at < _rangeCount && _ranges[at].End == start)
        {
            _ranges[at].End = end;
            if (at + 1 == _rangeCount || _ranges[at + 1].Start != end) return true;
            _ranges[at].End = _ranges[at + 1].End;
            _ranges.AsSpan(at + 2, _rangeCount - at - 2).CopyTo(_ranges.AsSpan(at + 1));
            _rangeCount--;
            return true;
        }

        if (at < _rangeCount && _ranges[at].Start == end)
        {
            _ranges[at].Start = start;
            return true;
        }

        if (_rangeCount == MaxRanges) return false;
        _ranges.AsSpan(at, _rangeCount - at).CopyTo(_ranges.AsSpan(at + 1));
        _ranges[at] = (start, end);
        _rangeCount++;
        return true;
    }
}
