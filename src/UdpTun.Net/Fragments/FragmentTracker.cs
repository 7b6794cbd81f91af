// Stage: the flow grouper, fragments only. Thread: the loop. Memory: rewrites a fragment's identification in place; copies those that
// have to wait; nothing else allocated once every slot has been used.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Fragments;

/// <summary>
/// Tells the flow of each fragment without putting datagrams together: the first fragment shows the ports, the others are known by it
/// (RFC 4787 section 11, REQ-14). Those that come before it wait, within bounds that no sender can raise; they are then handed out in
/// a burst of their own.
/// </summary>
/// <param name="drops">Counts what is not passed on.</param>
/// <param name="identifiers">Names the datagrams anew where several senders become one; null: each keeps its identification.</param>
public sealed class FragmentTracker(DropCounters drops, IpIdentifiers? identifiers)
{
    /// <summary>Datagrams followed at once; the oldest makes room.</summary>
    public const int MaxDatagrams = 1024;

    /// <summary>How long a datagram is followed. Fragments of one datagram are sent in one go; what separates them is reordering.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    private const int MaxDatagramLength = ushort.MaxValue;
    private const int Unit = 8; // RFC 791 section 3.1: all but the last fragment hold a multiple of it

    private readonly Dictionary<FragmentId, FragmentedDatagram> _byId = [];
    private readonly FragmentedDatagram?[] _ring = new FragmentedDatagram?[MaxDatagrams]; // in the order of age from _oldest on
    private readonly HeldFragments _held = new(drops);
    private int _oldest;
    private int _used;

    /// <summary>Whether fragments that had to wait may pass now: lease a burst and call <see cref="MoveReleasedTo"/>.</summary>
    public bool HasReleased => _held.HasReleased;

    /// <summary>Moves into an empty burst, as if they had just come in, fragments whose first one has come since.</summary>
    public void MoveReleasedTo(PacketBurst burst) => _held.MoveReleasedTo(burst);

    /// <summary>Forgets what is too old.</summary>
    public void Expire(TimeSpan now)
    {
        while (_used > 0 && _ring[_oldest]!.Deadline <= now) DropOldest();
    }

    /// <param name="fragment">One fragment for which <see cref="PacketParser"/> gave <see cref="DropReason.Fragment"/>.</param>
    /// <param name="remote">The tunnel's peer that it came from; default from a TUN.</param>
    /// <param name="now">The time on a monotonic clock.</param>
    /// <param name="key">The flow of its datagram.</param>
    /// <param name="peer">Who that is, where the transport proves it.</param>
    /// <returns>False when it does not pass: it waits for the first, or was dropped and counted.</returns>
    public bool TryFollow(Span<byte> fragment, InetEndpoint remote, TimeSpan now, out FlowKey key, PeerId peer = default)
    {
        key = default;
        var reason = IpHeader.TryLocate(fragment, out var ip);
        if (reason == DropReason.None) reason = CheckPlace(ip);
        if (reason != DropReason.None) return Drop(reason);

        var datagram = Find(FragmentId.Of(ip, remote), now);
        if (datagram.Refusal == DropReason.None && datagram.Flow is null)
        {
            if (ip.FragmentOffset != 0)
            {
                _held.Add(datagram, fragment, remote, peer);
                return false;
            }

            Begin(datagram, ip);
        }

        if (datagram.Refusal != DropReason.None) return Drop(datagram.Refusal);
        reason = datagram.Add(ip.FragmentOffset, ip.FragmentOffset + ip.Payload.Length, !ip.HasMoreFragments);
        if (reason == DropReason.OverlappingFragment) Refuse(datagram, reason);
        if (reason != DropReason.None) return Drop(reason);

        key = datagram.Flow!.Value;
        if (datagram.NewIdentification is { } identification) IpIdentifiers.Write(fragment, ip, identification);
        if (datagram.IsComplete && datagram.Held == 0) Forget(datagram); // the sender may use the identification again
        return true;
    }

    private static DropReason CheckPlace(IpHeader ip)
    {
        var length = ip.Payload.Length;
        if (length == 0 || ip.FragmentOffset + length > MaxDatagramLength) return DropReason.BadLength;
        return ip.HasMoreFragments && length % Unit != 0 ? DropReason.BadLength : DropReason.None;
    }

    private FragmentedDatagram Find(FragmentId id, TimeSpan now)
    {
        if (_byId.TryGetValue(id, out var datagram)) return datagram;
        if (_used == MaxDatagrams) DropOldest();
        ref var slot = ref _ring[(_oldest + _used++) % MaxDatagrams];
        slot ??= new FragmentedDatagram();
        slot.Begin(id, identifiers?.Next(id.Destination, id.Protocol), now + Lifetime);
        _byId.Add(id, slot);
        return slot;
    }

    private void Begin(FragmentedDatagram datagram, IpHeader first)
    {
        var reason = PacketParser.ParseFirstFragment(first, out var flow);
        if (reason != DropReason.None)
        {
            Refuse(datagram, reason);
            return;
        }

        datagram.Know(flow);
        _held.Release(datagram);
    }

    private void Refuse(FragmentedDatagram datagram, DropReason reason)
    {
        datagram.Refuse(reason);
        _held.Drop(datagram, reason);
    }

    private void DropOldest()
    {
        var datagram = _ring[_oldest]!;
        _oldest = (_oldest + 1) % MaxDatagrams;
        _used--;
        if (!datagram.IsFollowed) return;
        _held.Drop(datagram, DropReason.UnclaimedFragment);
        Forget(datagram);
    }

    private void Forget(FragmentedDatagram datagram)
    {
        datagram.End();
        _byId.Remove(datagram.Id);
    }

    private bool Drop(DropReason reason)
    {
        drops.Add(reason);
        return false;
    }
}
