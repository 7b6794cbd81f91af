// Stage: behind a server's TUN. Thread: event loop. Memory: shares the burst, keeps nothing.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Fragments;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Routes;

/// <summary>
/// What comes back from the internet: grouped by flow, each batch to the session that the flow answers, or to
/// <paramref name="strangers"/>.
/// </summary>
internal sealed class InboundRoute(NatTable sessions, IActorRef strangers, LineContext line)
    : GroupedRoute(line, new FragmentTracker(line.Drops, identifiers: null))
{
    protected override void Deliver(PacketBurst burst, in FlowGroup group, TimeSpan now, IActorRef reader)
    {
        var owner = sessions.TryFindInbound(group.Key, out var session) ? session.Handler as IActorRef : null;
        if (owner is null && group.IsError)
        {
            // An ICMP error follows a session and never opens one.
            Line.Drops.Add(DropReason.NoSession, group.Count);
            return;
        }

        var packets = burst.Share(group.First, group.Count);
        (owner ?? strangers).Tell(new FlowBatch(packets, group.Key, default, Direction.Inbound), reader);
    }
}
