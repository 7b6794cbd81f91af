// Stage: beside the line; see HandOver. Thread: written by the guardian's while it builds the tree, read on every shard's loop. Memory:
// holds no packets.
using Akka.Actor;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Routes.Shards;

/// <summary>
/// The shards of one server as each other's neighbours: which ports are whose, and who takes what came in elsewhere. The whole tree is
/// built before a device is open, so nobody looks for a neighbour that is not there yet.
/// </summary>
public sealed class ShardGroup(PortSlices slices)
{
    private readonly Member[] _members = new Member[slices.Shards];

    public PortSlices Slices { get; } = slices;

    internal Member this[int shard] => _members[shard];

    internal void Join(int shard, Member member) => _members[shard] = member;

    /// <summary>One shard as its neighbours know it.</summary>
    /// <param name="Reader">Takes packets that came in by another queue of the TUN.</param>
    /// <param name="Udp">Takes datagrams that came in by another socket.</param>
    /// <param name="Line">Its buffers and counters.</param>
    internal sealed record Member(IActorRef Reader, IActorRef Udp, LineContext Line);

    /// <summary>Whether a port belongs to another shard than this one.</summary>
    public bool IsForeign(int shard, ushort port) => Slices.TryFindOwner(port, out var owner) && owner != shard;
}
