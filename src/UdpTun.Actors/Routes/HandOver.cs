// Stage: beside the line, from one shard to another. Thread: the event loop of the shard that hands over. Memory: copies packets into
// bursts of the other shard's pool, which that shard releases; the batch stays the caller's.
using UdpTun.Actors.Messages;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Routes;

/// <summary>
/// Takes packets to the shard that their session is on: those that the kernel put into the wrong queue of the TUN, and those between
/// clients of two shards. The one place where packets change threads. They travel as a burst, which the other shard's reader delivers as
/// if it had read it, so that grouping, fragments and newcomers need no second way; and once only, for by their port they are at home there.
/// </summary>
/// <param name="group">The shards.</param>
/// <param name="own">The one that hands over.</param>
internal sealed class HandOver(ShardGroup group, int own)
{
    private readonly PacketBurst?[] _bursts = new PacketBurst?[group.Slices.Shards];

    /// <summary>Whether another shard owns the flow's destination port.</summary>
    public bool IsForeign(in FlowKey flow) => group.IsForeign(own, flow.Destination.Port);

    /// <summary>Copies packets for the shard that owns the flow's destination port.</summary>
    public void Take(PacketBatch packets, in FlowKey flow)
    {
        if (!group.Slices.TryFindOwner(flow.Destination.Port, out var owner)) return;
        for (var i = 0; i < packets.Count; i += 1 + packets.TailsOf(i))
        {
            if (packets[i].Length > 0) Copy(packets, i, owner);
        }
    }

    /// <summary>Tells each shard what has been copied for it.</summary>
    public void EndBurst()
    {
        for (var shard = 0; shard < _bursts.Length; shard++) Tell(shard);
    }

    /// <summary>A joined packet becomes one piece, as the TUN would have taken it.</summary>
    private void Copy(PacketBatch packets, int index, int owner)
    {
        var (count, bytes) = packets.WeightOf(index);
        var pieces = 1 + packets.TailsOf(index);
        var length = 0;
        for (var piece = index; piece < index + pieces; piece++) length += packets[piece].Length;
        var home = group[owner].Line;
        if (_bursts[owner] is { } open && !open.HasRoomFor(length)) Tell(owner);
        if (_bursts[owner] is null && !home.HandedOver.TryLease(out _bursts[owner]!))
        {
            home.Drops.Add(DropReason.QueueFull, count);
            return;
        }

        var burst = _bursts[owner]!;
        var room = burst.Bytes.AsSpan(burst.NextOffset, length);
        for (var piece = index; piece < index + pieces; piece++)
        {
            packets.Packet(piece).CopyTo(room);
            room = room[packets[piece].Length..];
        }

        burst.Append(length, packets[index].Offload);
        group[own].Line.Traffic.HandedOver.Add(count, bytes);
    }

    private void Tell(int shard)
    {
        if (_bursts[shard] is not { } burst) return;
        _bursts[shard] = null;
        var (reader, _) = group[shard];
        reader.Tell(new HandedOver(burst), reader);
    }
}
