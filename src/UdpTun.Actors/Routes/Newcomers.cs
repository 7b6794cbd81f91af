// Stage: beside the line, between a route and NatActor. Thread: event loop. Memory: copies packets into bursts of a pool of its own.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Routes;

/// <summary>
/// Packets of flows that no session owns, and those that come while such ones wait, on their way to the actor that opens sessions. To open one costs a hundred times what it costs to
/// translate a packet, so newcomers wait in buffers of their own, and only so many: the reader's burst is free again, known flows pass by,
/// and a flood of new flows costs nobody but new flows. A buffer whose packets still wait takes those of the next reads as well, or
/// a few packets a read would use the buffers up.
/// </summary>
/// <param name="nat">Opens sessions.</param>
/// <param name="line">The line's counters and the newcomers' buffers.</param>
/// <param name="waiting">Counts what it is told; null where the opener opens no sessions.</param>
internal sealed class Newcomers(IActorRef nat, LineContext line, WaitingFlows? waiting = null)
{
    private PacketBurst? _burst;
    private PacketBurst? _last; // not held: its packets may be gone by now

    /// <summary>Copies a group and tells it to the opener, or counts it where no room is left.</summary>
    public void Add(PacketBurst burst, in FlowGroup group, PeerId peer, Direction direction, IActorRef reader)
    {
        for (var next = group.First; next < group.First + group.Count;)
        {
            var copied = CopyWhatFits(burst, next, group.First + group.Count);
            if (copied > 0)
            {
                var packets = _burst!.Share(_burst.Count - copied, copied, group.Remote, group.Peer);
                var batch = new FlowBatch(packets, group.Key, peer, direction);
                waiting?.Add(batch);
                nat.Tell(batch, reader);
                next += copied;
                continue;
            }

            EndBurst();
            if (TryBeginBurst(burst.Packets[next].Length)) continue;
            line.Drops.Add(DropReason.TooManyNewFlows, burst.WeightOf(next, group.First + group.Count - next).Packets);
            return;
        }
    }

    /// <summary>Lets go of what has been filled; its batches hold it from now on.</summary>
    public void EndBurst()
    {
        _burst?.Release();
        _burst = null;
    }

    private bool TryBeginBurst(int length)
    {
        if (_last is not null && _last.HasRoomFor(length) && _last.TryHold()) _burst = _last;
        else if (line.Newcomers.TryLease(out var free)) _burst = _last = free;
        return _burst is not null;
    }

    private int CopyWhatFits(PacketBurst from, int first, int end)
    {
        var copied = 0;
        for (var i = first; i < end && _burst is not null && _burst.HasRoomFor(from.Packets[i].Length); i++, copied++)
        {
            from.Packet(i).CopyTo(_burst.Bytes.AsSpan(_burst.NextOffset));
            _burst.Append(from.Packets[i].Length, from.Packets[i].Offload, from.Remotes[i]);
        }

        return copied;
    }
}
