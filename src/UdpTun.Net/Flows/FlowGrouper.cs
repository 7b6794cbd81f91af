// Stage: between a device's read and the sessions. Thread: the loop. Memory: the caller holds the burst; the groups lie in scratch
// that the next call overwrites. Allocates nothing after construction.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Fragments;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Flows;

/// <summary>
/// Sorts a burst so that the packets of one flow from one sender lie together, each flow's in the order of arrival and the flows
/// in the order of their first packet; ICMP errors about a flow form a group apart. One pass and a hash table: the time grows with the
/// packets, not with the flows.
/// </summary>
/// <param name="drops">Counts the packets that are not parsed.</param>
/// <param name="fragments">Knows the flows of fragments; counts its own drops.</param>
public sealed class FlowGrouper(DropCounters drops, FragmentTracker fragments)
{
    private const int Slots = 2 * PacketBurst.MaxPackets; // a power of 2, at most half full
    private const int NoGroup = -1;

    private readonly FlowGroup[] _groups = new FlowGroup[PacketBurst.MaxPackets];
    private readonly ushort[] _slots = new ushort[Slots]; // index of a group plus 1; 0 means free
    private readonly int[] _slotOf = new int[PacketBurst.MaxPackets];
    private readonly int[] _counts = new int[PacketBurst.MaxPackets];
    private readonly int[] _groupOf = new int[PacketBurst.MaxPackets];
    private readonly int[] _next = new int[PacketBurst.MaxPackets];
    private readonly PacketDescriptor[] _packets = new PacketDescriptor[PacketBurst.MaxPackets];
    private readonly InetEndpoint[] _remotes = new InetEndpoint[PacketBurst.MaxPackets];
    private readonly PeerId[] _peers = new PeerId[PacketBurst.MaxPackets];
    private int _groupCount;

    /// <summary>
    /// Parses, counts and empties the bad packets and the fragments that have to wait, and reorders <see cref="PacketBurst.Packets"/> with
    /// <see cref="PacketBurst.Remotes"/>. Empty descriptors end up behind the last group. Call before the burst is shared.
    /// </summary>
    /// <param name="burst">The burst.</param>
    /// <param name="now">The time on a monotonic clock, for fragments.</param>
    /// <returns>The groups; valid until the next call.</returns>
    public ReadOnlySpan<FlowGroup> Group(PacketBurst burst, TimeSpan now)
    {
        fragments.Expire(now);
        var count = Assign(burst, now, out var sorted);
        SetFirsts(count);
        if (!sorted) Reorder(burst, count);
        return _groups.AsSpan(0, count);
    }

    /// <summary>Gives each packet its group and counts them; tells whether the groups lie together already.</summary>
    private int Assign(PacketBurst burst, TimeSpan now, out bool sorted)
    {
        // One by one: most bursts have few groups, and the table has two kilobytes.
        for (; _groupCount > 0; _groupCount--) _slots[_slotOf[_groupCount - 1]] = 0;
        sorted = true;
        var previous = NoGroup;
        var packets = burst.Packets;
        for (var i = 0; i < packets.Length; i++)
        {
            if (i > 0 && IsLikeTheOneBefore(burst, i))
            {
                _counts[previous]++;
                _groupOf[i] = previous;
                continue;
            }

            if (!TryParse(burst, i, now, out var key, out var isError))
            {
                packets[i] = default;
                _groupOf[i] = NoGroup;
                sorted = false;
                continue;
            }

            var group = Find(key, (burst.Remotes[i], burst.Peers[i]), isError);
            sorted &= group == previous || group == _groupCount - 1 && _counts[group] == 0;
            _counts[group]++;
            _groupOf[i] = previous = group;
        }

        return _groupCount;
    }

    // Not of the same flow as one that was dropped, since that is empty by now; so the one before has a group.
    private static bool IsLikeTheOneBefore(PacketBurst burst, int index) =>
        burst.Remotes[index - 1] == burst.Remotes[index] && burst.Peers[index - 1] == burst.Peers[index]
        && PacketParser.IsOfSameFlow(burst.Packet(index - 1), burst.Packet(index));

    private bool TryParse(PacketBurst burst, int index, TimeSpan now, out FlowKey key, out bool isError)
    {
        (key, isError) = (default, false);
        if (burst.Packets[index].Length == 0) return false; // dropped, and counted, by whoever emptied it
        var reason = PacketParser.Parse(burst.Packet(index), out key, out isError);
        if (reason == DropReason.None) return true;
        if (reason == DropReason.Fragment) return fragments.TryFollow(burst.Packet(index), burst.Remotes[index], now, out key, burst.Peers[index]);
        drops.Add(reason);
        return false;
    }

    private int Find(in FlowKey key, (InetEndpoint Remote, PeerId Peer) sender, bool isError)
    {
        for (var slot = HashCode.Combine(key, sender.Remote, sender.Peer) & (Slots - 1); ; slot = (slot + 1) & (Slots - 1))
        {
            if (_slots[slot] == 0)
            {
                _groups[_groupCount] = new FlowGroup(key, sender.Remote, sender.Peer, 0, 0, isError);
                _counts[_groupCount] = 0;
                _slotOf[_groupCount] = slot;
                _slots[slot] = (ushort)(_groupCount + 1);
                return _groupCount++;
            }

            if (IsGroup(_slots[slot] - 1, key, sender, isError)) return _slots[slot] - 1;
        }
    }

    private bool IsGroup(int group, in FlowKey key, (InetEndpoint Remote, PeerId Peer) sender, bool isError) =>
        _groups[group].Key == key && _groups[group].Remote == sender.Remote && _groups[group].Peer == sender.Peer
        && _groups[group].IsError == isError;

    private void SetFirsts(int count)
    {
        var first = 0;
        for (var group = 0; group < count; group++)
        {
            _groups[group] = _groups[group] with { First = first, Count = _counts[group] };
            _next[group] = first;
            first += _counts[group];
        }
    }

    private void Reorder(PacketBurst burst, int count)
    {
        var behind = count == 0 ? 0 : _groups[count - 1].First + _counts[count - 1];
        for (var i = 0; i < burst.Count; i++)
        {
            var place = _groupOf[i] == NoGroup ? behind++ : _next[_groupOf[i]]++;
            _packets[place] = burst.Packets[i];
            _remotes[place] = burst.Remotes[i];
            _peers[place] = burst.Peers[i];
        }

        _packets.AsSpan(0, burst.Count).CopyTo(burst.Packets);
        _remotes.AsSpan(0, burst.Count).CopyTo(burst.Remotes);
        _peers.AsSpan(0, burst.Count).CopyTo(burst.Peers);
    }
}
