// Stage: beside the line; never per packet. Thread: event loop, and of PeerCame and PeerGone any. Memory: an event where anybody listens.
using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Events;

/// <summary>Tells what one line's actors do with flows and peers; what its table does <see cref="NatEvents"/> tells.</summary>
public sealed class LineEvents(TunnelEvents events)
{
    // Whoever is scanned from outside would hear of nothing else.
    private readonly RateLimit _refusals = new(perSecond: 20, burst: 50);
    private long _refused;

    /// <summary>Whom it tells, and where all lines' events may be heard.</summary>
    public TunnelEvents All => events;

    /// <summary>To be told of each flow that gets no session.</summary>
    /// <param name="flow">As it was read, from inside or from outside.</param>
    /// <param name="outbound">Whether the client sent it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="client">Whose session it would be.</param>
    /// <param name="now">The time on the line's clock.</param>
    public void FlowRefused(in FlowKey flow, bool outbound, DropReason reason, Peer client, TimeSpan now)
    {
        if (!events.AreHeard) return;
        _refused++;
        if (!_refusals.TryTake(now)) return;
        events.Tell(new TunnelEvent(TunnelEventKind.FlowRefused, events.Now, client.Name)
        {
            Protocol = flow.Protocol,
            Inner = outbound ? flow.Source : null,
            Outer = outbound ? null : flow.Destination,
            Remote = outbound ? flow.Destination : flow.Source,
            Why = reason.ToString(),
            Count = _refused,
        });
        _refused = 0;
    }

    /// <summary>The operator has done something to a flow.</summary>
    public void FlowTreated(TunnelEventKind kind, NatSession session, string peer, string? what)
    {
        if (!events.AreHeard) return;
        events.Tell(new TunnelEvent(kind, events.Now, peer)
        {
            Flow = session.Name,
            Protocol = session.Mapping.Protocol,
            Inner = session.Mapping.Inner,
            Outer = session.Mapping.Outer,
            Remote = session.Remote,
            Why = what,
        });
    }

    public void PeerCame(Peer peer)
    {
        if (events.AreHeard) events.Tell(new TunnelEvent(TunnelEventKind.PeerCame, events.Now, peer.Name) { Endpoint = peer.Endpoint });
    }

    public void PeerGone(Peer peer, string why)
    {
        if (!events.AreHeard) return;
        events.Tell(new TunnelEvent(TunnelEventKind.PeerGone, events.Now, peer.Name)
        {
            Endpoint = peer.Endpoint,
            Why = why,
            Traffic = (peer.Received, peer.Sent),
        });
    }
}
