// Stage: behind a server's UDP socket. Thread: event loop. Memory: shares the burst, keeps nothing.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Fragments;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Routes;

/// <summary>
/// What a server receives: admits the peer, groups its packets by flow and tells each flow's batch to the session that owns
/// the flow. A flow that no session owns goes to <paramref name="strangers"/>; what is addressed to the server itself goes to
/// <paramref name="gateway"/>, and so do pings of the address that the internet knows the client by.
/// </summary>
internal sealed class OutboundRoute(
    PeerRegistry peers, NatTable sessions, Hairpin hairpin, InetAddress[] gatewayAddresses, IActorRef gateway, IActorRef strangers,
    LineContext line) : GroupedRoute(line, new FragmentTracker(line.Drops, sessions.Identifiers))
{
    protected override void Deliver(PacketBurst burst, in FlowGroup group, TimeSpan now, IActorRef reader)
    {
        var reason = peers.Admit(group.Remote, now, out var peer);
        if (reason != DropReason.None)
        {
            Line.Drops.Add(reason, group.Count);
            return;
        }

        if (!group.IsError) sessions.Claim(peer, group.Key.Source.Address, now);
        if (ReceiverOf(peer.Id, group) is not { } receiver)
        {
            Line.Drops.Add(DropReason.NoSession, group.Count);
            return;
        }

        if (receiver != gateway) Line.Joining.Join(burst, group.First, group.Count);
        var packets = burst.Share(group.First, group.Count, group.Remote);
        peer.Received.Add(packets.TotalPackets(), packets.TotalBytes());
        receiver.Tell(new FlowBatch(packets, group.Key, peer.Id, Direction.Outbound), reader);
    }

    // An ICMP error follows a session and never opens one, so nobody but the session's owner may have it.
    private IActorRef? ReceiverOf(PeerId peer, in FlowGroup group)
    {
        if (gatewayAddresses.AsSpan().Contains(group.Key.Destination.Address)) return gateway;
        if (!group.IsError && hairpin.IsPingOfExternal(group.Key)) return gateway;
        if (sessions.TryFindOutbound(peer, group.Key, out var session) && session.Handler is IActorRef owner) return owner;
        return group.IsError ? null : strangers;
    }
}
