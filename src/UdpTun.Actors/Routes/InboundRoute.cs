// Stage: behind a server's TUN. Thread: event loop. Memory: shares the burst, keeps nothing.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Routes.Shards;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Fragments;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Routes;

/// <summary>
/// What comes back from the internet: grouped by flow, each batch to the session that the flow answers, or to
/// <paramref name="newcomers"/>; what belongs to another shard, to that one.
/// </summary>
internal sealed class InboundRoute(NatTable sessions, Newcomers newcomers, LineContext line, HandOver? handOver = null)
    : GroupedRoute(line, newcomers, new FragmentTracker(line.Drops, identifiers: null))
{
    protected override void Deliver(PacketBurst burst, in FlowGroup group, (int Packets, int Bytes) weight, TimeSpan now, IActorRef reader)
    {
        if (sessions.TryFindInbound(group.Key, out var session) && OwnerOf(session, group) is { } owner)
            owner.Tell(new FlowBatch(burst.Share(group.First, group.Count), group.Key, default, Direction.Inbound), reader);
        else if (handOver is not null && IsHandedOver(burst, group))
            return;
        else if (!group.IsError)
            Newcomers.Add(burst, group, default, Direction.Inbound, reader);
        else
            Line.Drops.Add(DropReason.NoSession, weight.Packets); // an ICMP error follows a session and never opens one
    }

    protected override void EndBurst()
    {
        base.EndBurst();
        handOver?.EndBurst();
    }

    private bool IsHandedOver(PacketBurst burst, in FlowGroup group)
    {
        if (!handOver!.IsForeign(group.Key)) return false;
        var packets = burst.Share(group.First, group.Count);
        handOver.Take(packets, group.Key);
        packets.Release();
        return true;
    }
}
