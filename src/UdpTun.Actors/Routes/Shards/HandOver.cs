// Stage: beside the line, from one shard to another. Thread: the event loop of the shard that hands over. Memory: copies packets into
// bursts of the other shard's pool, which that shard releases; the batch stays the caller's.
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Routes.Shards;

/// <summary>
/// Takes packets to the shard that their session is on: those that the kernel put into the wrong queue of the TUN, and those between
/// clients of two shards. Here, and where datagrams are handed over (<see cref="DatagramHandOver"/>), packets change threads, and nowhere else.
/// They travel as a burst, which the other shard's reader delivers as if it had read it, so that grouping, fragments and newcomers need no second
/// way; and once only, for by their port they are at home there.
/// </summary>
/// <param name="group">The shards.</param>
/// <param name="own">The one that hands over.</param>
internal sealed class HandOver(ShardGroup group, int own)
{
    private readonly HandedOverBursts _bursts = new(group, own, member => member.Reader);

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
    public void EndBurst() => _bursts.Tell();

    /// <summary>A joined packet becomes one piece, as the TUN would have taken it.</summary>
    private void Copy(PacketBatch packets, int index, int owner)
    {
        var (count, bytes) = packets.WeightOf(index);
        var pieces = 1 + packets.TailsOf(index);
        var length = 0;
        for (var piece = index; piece < index + pieces; piece++) length += packets[piece].Length;
        if (!_bursts.TryPlace(owner, length, count, out var burst)) return;
        var room = burst.Bytes.AsSpan(burst.NextOffset, length);
        for (var piece = index; piece < index + pieces; piece++)
        {
            packets.Packet(piece).CopyTo(room);
            room = room[packets[piece].Length..];
        }

        burst.Append(length, packets[index].Offload);
        group[own].Line.Traffic.HandedOver.Add(count, bytes);
    }
}
