// Stage: in front of a session under treatment, one way. Thread: the loop. Memory: see HeldPackets.
using System.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Net.Treatment.Faults;

/// <summary>
/// One way of one flow under treatment: every packet goes in by <see cref="Take"/> and comes out, if it does, when it is due. Pure but for
/// its memory: time is passed in, chance is drawn from the faults' seed.
/// </summary>
/// <param name="maxBytes">What may wait inside.</param>
public sealed class FaultyPath(int maxBytes = FaultyPath.MaxBytes) : IDisposable
{
    /// <summary>What one way of one flow may have waiting: 50 ms of 1.3 Gbit/s.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>How long a packet waits to be overtaken where no other follows.</summary>
    public static readonly TimeSpan LongestOvertaking = TimeSpan.FromMilliseconds(100);

    private readonly HeldPackets _held = new(maxBytes);
    private FlowFaults? _faults;
    private Random? _random;
    private ByteLimit? _limit;
    private byte[]? _overtaken;
    private int _overtakenLength;
    private TimeSpan _overtakenDue;

    /// <summary>What is done to packets that come from now on; null: nothing.</summary>
    public FlowFaults? Faults
    {
        get => _faults;
        set
        {
            _faults = value;
            _random = value is null ? null : new Random(value.Seed);
        }
    }

    /// <summary>What passes in the long run; null: whatever comes.</summary>
    public BitRate? Limit
    {
        get => _limit?.Rate;
        set => _limit = value is { } rate ? new ByteLimit(rate) : null;
    }

    /// <summary>Whether packets have to come through here: something is set, or some still wait.</summary>
    public bool IsInUse => _faults is not null || _limit is not null || _held.Count > 0 || _overtaken is not null;

    /// <summary>When the next packet comes out; null when none waits.</summary>
    public TimeSpan? NextDue => _overtaken is null ? _held.NextDue
        : _held.NextDue is { } due && due < _overtakenDue + LongestOvertaking ? due
        : _overtakenDue + LongestOvertaking;

    /// <summary>Takes a copy of one finished packet, or says why it goes no further.</summary>
    /// <returns>None, FaultInjected, OverLimit or TooManyHeld.</returns>
    public DropReason Take(ReadOnlySpan<byte> packet, TimeSpan now)
    {
        var isDoubled = false;
        var isOvertaken = false;
        if (_faults is { } faults)
        {
            // Each draw is made whether it matters or not, so that one seed means the same packets whatever else is set.
            var (loss, doubled, overtaken) = (_random!.NextDouble(), _random.NextDouble(), _random.NextDouble());
            if (faults.IsBlackhole || loss < faults.Loss) return DropReason.FaultInjected;
            (isDoubled, isOvertaken) = (doubled < faults.Duplication, overtaken < faults.Reordering);
        }

        if (!_held.HasRoomFor(packet.Length)) return DropReason.TooManyHeld;
        var due = now;
        if (_limit is not null && !_limit.TryTake(packet.Length, now, out due)) return DropReason.OverLimit;
        due += _faults?.Delay ?? TimeSpan.Zero;
        if (isOvertaken && _overtaken is null)
        {
            WaitToBeOvertaken(packet, due);
            return DropReason.None;
        }

        _held.Hold(packet, due);
        if (isDoubled && _held.HasRoomFor(packet.Length)) _held.Hold(packet, due);
        LetOvertakenFollow(due);
        return DropReason.None;
    }

    /// <summary>The length of the next packet that is due; 0 when none is.</summary>
    public int LengthOfDue(TimeSpan now)
    {
        if (_overtaken is not null && now >= _overtakenDue + LongestOvertaking) LetOvertakenFollow(now);
        return _held.LengthOfDue(now);
    }

    /// <summary>Moves out the packet that <see cref="LengthOfDue"/> has told of.</summary>
    public void MoveDueTo(Span<byte> room) => _held.MoveFirstTo(room);

    /// <summary>Forgets what waits; returns how many packets that were.</summary>
    public int Clear()
    {
        var lost = _held.Count + (_overtaken is null ? 0 : 1);
        Dispose();
        return lost;
    }

    public void Dispose()
    {
        _held.Dispose();
        if (_overtaken is not null) ArrayPool<byte>.Shared.Return(_overtaken);
        _overtaken = null;
    }

    private void WaitToBeOvertaken(ReadOnlySpan<byte> packet, TimeSpan due)
    {
        _overtaken = ArrayPool<byte>.Shared.Rent(packet.Length);
        packet.CopyTo(_overtaken);
        (_overtakenLength, _overtakenDue) = (packet.Length, due);
    }

    private void LetOvertakenFollow(TimeSpan due)
    {
        if (_overtaken is not { } overtaken) return;
        _overtaken = null;
        _held.Hold(overtaken.AsSpan(0, _overtakenLength), due);
        ArrayPool<byte>.Shared.Return(overtaken);
    }
}
