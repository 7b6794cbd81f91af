// Stage: around the translation of a session that the operator looks at or meddles with. Thread: the loop. Memory: copies; a batch stays
// its owner's.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Nat;
using UdpTun.Net.Offload;
using UdpTun.Net.Treatment.Capture;
using UdpTun.Net.Treatment.Faults;

namespace UdpTun.Net.Treatment;

/// <summary>
/// What is done to one session's packets beyond translating them: faults and a limit, for which they wait in copies, and taps, which copy
/// them. A session without has none of it, so that the line pays one look for null a batch.
/// </summary>
public sealed class SessionTreatment
{
    private readonly List<SessionTap> _taps = [];
    private byte[]? _packet;
    private byte[]? _cut;

    /// <summary>The way towards the internet.</summary>
    public FaultyPath Outbound { get; } = new();

    /// <summary>The way back.</summary>
    public FaultyPath Inbound { get; } = new();

    public IReadOnlyList<SessionTap> Taps => _taps;

    /// <summary>Whether nothing is done any more and nothing waits.</summary>
    public bool IsOver => _taps.Count == 0 && !Outbound.IsInUse && !Inbound.IsInUse;

    /// <summary>When the next packet is to be let go; null when none waits.</summary>
    public TimeSpan? NextDue => Outbound.NextDue is { } outbound && !(Inbound.NextDue < outbound) ? outbound : Inbound.NextDue;

    /// <summary>What was last set by <see cref="SetFaults"/>.</summary>
    public FlowFaults? Faults { get; private set; }

    /// <summary>What was last set by <see cref="SetLimit"/>.</summary>
    public BitRate? Limit => Outbound.Limit;

    /// <summary>Faults for the ways that they name, or for none.</summary>
    public void SetFaults(FlowFaults? faults)
    {
        Faults = faults;
        Outbound.Faults = faults is { Outbound: true } ? faults : null;
        // Or else both ways would lose the same packets.
        Inbound.Faults = faults is { Inbound: true } ? faults with { Seed = ~faults.Seed } : null;
    }

    /// <summary>A limit for each way, or none.</summary>
    public void SetLimit(BitRate? limit) => (Outbound.Limit, Inbound.Limit) = (limit, limit);

    /// <summary>Copies the session's packets from now on. A tap that has the session already keeps it once.</summary>
    public void Add(SessionTap tap)
    {
        if (tap.Join()) _taps.Add(tap);
    }

    public void Remove(PacketTap tap) => _taps.RemoveAll(share => share.Tap == tap);

    /// <summary>The session has ended: its taps let go of it, and what waits is forgotten; returns how many packets that were.</summary>
    public int End(NatSession session)
    {
        foreach (var tap in _taps) tap.Tap.Sessions.Remove(session);
        return Outbound.Clear() + Inbound.Clear();
    }

    /// <summary>Whether packets of a way wait for their time.</summary>
    public bool Holds(bool outbound) => PathOf(outbound).IsInUse;

    /// <summary>Takes copies of a batch's packets, cut into those they stand for; what goes no further is counted.</summary>
    public void Hold(PacketBatch packets, bool outbound, TimeSpan now, DropCounters drops)
    {
        for (var i = 0; i < packets.Count; i += 1 + packets.TailsOf(i))
        {
            if (packets[i].Length == 0) continue;
            var packet = packets.Gather(i, _packet ??= new byte[64 << 10]);
            var cutter = new PacketCutter(packet, packets[i].Offload);
            Span<byte> room = _cut ??= new byte[64 << 10];
            while (cutter.TryNext(room, out var length)) Hold(room[..length], outbound, now, drops);
        }
    }

    /// <summary>Moves what is due into a burst, as far as it has room; false when nothing was.</summary>
    public bool Release(PacketBurst burst, bool outbound, TimeSpan now)
    {
        var path = PathOf(outbound);
        for (var length = path.LengthOfDue(now); length > 0 && burst.HasRoomFor(length); length = path.LengthOfDue(now))
        {
            path.MoveDueTo(burst.Bytes.AsSpan(burst.NextOffset, length));
            burst.Append(length);
        }

        return burst.Count > 0;
    }

    /// <summary>Whether something is due.</summary>
    public bool IsDue(bool outbound, TimeSpan now) => PathOf(outbound).NextDue <= now;

    /// <summary>See <see cref="SessionTap.Arrive"/>.</summary>
    public void Arrive(PacketBatch packets, bool outbound, TimeSpan now)
    {
        foreach (var tap in _taps) tap.Arrive(packets, outbound, now);
    }

    /// <summary>See <see cref="SessionTap.Drop"/>.</summary>
    public void Drop(int index, DropReason reason)
    {
        foreach (var tap in _taps) tap.Drop(index, reason);
    }

    /// <summary>See <see cref="SessionTap.NoteGone"/>.</summary>
    public void NoteGone(PacketBatch packets, DropReason reason)
    {
        foreach (var tap in _taps) tap.NoteGone(packets, reason);
    }

    /// <summary>See <see cref="SessionTap.Leave"/>.</summary>
    public void Leave(PacketBatch packets, bool outbound, TimeSpan now)
    {
        foreach (var tap in _taps) tap.Leave(packets, outbound, now);
    }

    private FaultyPath PathOf(bool outbound) => outbound ? Outbound : Inbound;

    private void Hold(ReadOnlySpan<byte> packet, bool outbound, TimeSpan now, DropCounters drops)
    {
        var reason = PathOf(outbound).Take(packet, now);
        if (reason == DropReason.None) return;
        drops.Add(reason);
        foreach (var tap in _taps) tap.Lose(packet, outbound, now, reason);
    }
}
