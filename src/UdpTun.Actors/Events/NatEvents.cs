// Stage: beside the line; the opening and the end of mappings and sessions. Thread: the table's loop. Memory: an event where anybody listens.
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Events;

/// <summary>Tells what happens in one table.</summary>
public sealed class NatEvents(TunnelEvents events, IPeerRegistry peers) : INatObserver
{
    public void MappingOpened(NatMapping mapping)
    {
        if (events.AreHeard) events.Tell(Of(TunnelEventKind.MappingOpened, mapping));
    }

    public void MappingClosed(NatMapping mapping)
    {
        if (events.AreHeard) events.Tell(Of(TunnelEventKind.MappingClosed, mapping));
    }

    public void SessionOpened(NatSession session)
    {
        if (!events.AreHeard) return;
        events.Tell(Of(TunnelEventKind.FlowOpened, session.Mapping) with
        {
            Flow = session.Name,
            Remote = session.Remote,
            Why = session.IsFromOutside ? "begun by the remote" : null,
        });
    }

    public void SessionClosed(NatSession session, SessionEnd why)
    {
        if (!events.AreHeard) return;
        events.Tell(Of(TunnelEventKind.FlowClosed, session.Mapping) with
        {
            Flow = session.Name,
            Remote = session.Remote,
            Why = InWords(why),
            Traffic = (session.Outbound, session.Inbound),
        });
    }

    private static string InWords(SessionEnd why) => why switch
    {
        SessionEnd.Idle => "idle",
        SessionEnd.Finished => "finished",
        SessionEnd.Killed => "killed",
        SessionEnd.MappingGivenUp => "its outer endpoint leads to another client now",
        SessionEnd.ActorFailed => "its actor failed",
        SessionEnd.ClientGone => "its client is gone",
        _ => why.ToString(),
    };

    private TunnelEvent Of(TunnelEventKind kind, NatMapping mapping) =>
        new(kind, events.Now, peers.TryFind(mapping.Client, out var peer) ? peer.Name : mapping.Client.ToString())
        {
            Protocol = mapping.Protocol,
            Inner = mapping.Inner,
            Outer = mapping.Outer,
        };
}
