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
/// the flow. A flow that no session owns goes to <paramref name="newcomers"/>; what is addressed to the server itself goes to
/// <paramref name="gateway"/>, and so do pings of the address that the internet knows the client by.
/// </summary>
internal sealed class OutboundRoute(
    IPeerRegistry peers, NatTable sessions, Hairpin hairpin, InetAddress[] gatewayAddresses, IActorRef gateway, Newcomers newcomers,
    LineContext line) : GroupedRoute(line, newcomers, new FragmentTracker(line.Drops, sessions.Identifiers))
{
    protected override void Deliver(PacketBurst burst, in FlowGroup group, (int Packets, int Bytes) weight, TimeSpan now, IActorRef reader)
    {
        var reason = peers.Admit(group.Peer, group.Remote, now, out var peer);
        if (reason == DropReason.None && peer.Allowance is { } allowance) reason = allowance.Receive(weight.Bytes, now);
        if (reason != DropReason.None)
        {
            Line.Drops.Add(reason, group.Count);
            return;
        }

        if (!group.IsError)
        {
            sessions.Claim(peer, group.Key.Source.Address, now);
            peer.SendsFrom(group.Key.Source.Address);
        }

        // A secure peer has come with its keys.
        if (peer.Received.Packets == 0 && group.Peer == default) Line.Events.PeerCame(peer);
        peer.Received.Add(weight.Packets, weight.Bytes);
        if (IsForGateway(group))
        {
            Tell(gateway, burst, group, peer.Id, reader);
        }
        else if (sessions.TryFindOutbound(peer.Id, group.Key, out var session) && OwnerOf(session, group) is { } owner)
        {
            Line.Joining.Join(burst, group.First, group.Count);
            Tell(owner, burst, group, peer.Id, reader);
        }
        else if (!group.IsError)
        {
            Newcomers.Add(burst, group, peer.Id, Direction.Outbound, reader);
        }
        else
        {
            Line.Drops.Add(DropReason.NoSession, weight.Packets); // an ICMP error follows a session and never opens one
        }
    }

    private bool IsForGateway(in FlowGroup group) =>
        gatewayAddresses.AsSpan().Contains(group.Key.Destination.Address) || (!group.IsError && hairpin.IsPingOfExternal(group.Key));

    private static void Tell(IActorRef receiver, PacketBurst burst, in FlowGroup group, PeerId peer, IActorRef reader) =>
        receiver.Tell(new FlowBatch(burst.Share(group.First, group.Count, group.Remote, peer), group.Key, peer, Direction.Outbound), reader);
}
