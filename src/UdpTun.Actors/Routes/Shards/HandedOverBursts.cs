// Stage: beside the line, from one shard to another. Thread: the event loop of the shard that hands over. Memory: leases bursts of the other
// shards' pools and gives them away.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Routes.Shards;

/// <summary>
/// What one shard has for each of the others, in bursts of their pools: a shard that is given more than it takes loses of that, and of nothing
/// else.
/// </summary>
/// <param name="group">The shards.</param>
/// <param name="own">The one that hands over.</param>
/// <param name="receiver">Which of another shard's actors gets the bursts.</param>
internal sealed class HandedOverBursts(ShardGroup group, int own, Func<ShardGroup.Member, IActorRef> receiver)
{
    private readonly PacketBurst?[] _bursts = new PacketBurst?[group.Slices.Shards];

    /// <summary>Finds room for the next piece, to be copied and appended before the next call; false, and counted, when the shard has no buffer left.</summary>
    /// <param name="shard">Whom it is for.</param>
    /// <param name="length">The piece's bytes.</param>
    /// <param name="packets">How many packets it stands for.</param>
    /// <param name="burst">Where to.</param>
    public bool TryPlace(int shard, int length, int packets, out PacketBurst burst)
    {
        var line = group[shard].Line;
        if (_bursts[shard] is { } open && !open.HasRoomFor(length)) Tell(shard);
        if (_bursts[shard] is null && !line.HandedOver.TryLease(out _bursts[shard]!))
        {
            line.Drops.Add(DropReason.QueueFull, packets);
            burst = null!;
            return false;
        }

        burst = _bursts[shard]!;
        return true;
    }

    /// <summary>Tells each shard what has been copied for it.</summary>
    public void Tell()
    {
        for (var shard = 0; shard < _bursts.Length; shard++) Tell(shard);
    }

    private void Tell(int shard)
    {
        if (_bursts[shard] is not { } burst) return;
        _bursts[shard] = null;
        receiver(group[shard]).Tell(new HandedOver(burst), receiver(group[own]));
    }
}
