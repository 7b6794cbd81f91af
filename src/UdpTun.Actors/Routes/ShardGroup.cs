// Stage: beside the line; see HandOver. Thread: written by the guardian's while it builds the tree, read on every shard's loop. Memory:
// holds no packets.
using Akka.Actor;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Routes;

/// <summary>
/// The shards of one server as each other's neighbours: which ports are whose, and who takes what came in elsewhere. The whole tree is
/// built before a device is open, so nobody looks for a neighbour that is not there yet.
/// </summary>
public sealed class ShardGroup(PortSlices slices)
{
    private readonly (IActorRef Reader, LineContext Line)[] _members = new (IActorRef, LineContext)[slices.Shards];

    public PortSlices Slices { get; } = slices;

    internal (IActorRef Reader, LineContext Line) this[int shard] => _members[shard];

    internal void Join(int shard, IActorRef reader, LineContext line) => _members[shard] = (reader, line);

    /// <summary>Whether a port belongs to another shard than this one.</summary>
    public bool IsForeign(int shard, ushort port) => Slices.TryFindOwner(port, out var owner) && owner != shard;
}
