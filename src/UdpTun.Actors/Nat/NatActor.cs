// Stage: beside the line; sees a flow's first batch only. Thread: event loop. Memory: owns the batch in hand, see PacketActor.
using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Nat.Treatment;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Opens a session for each new flow that the rules admit, and is the parent of the sessions' actors. The table and the sessions
/// in it outlive this actor: after a restart it finds its children still running, and in a new tree it gives every session
/// in the table an actor again.
/// </summary>
internal sealed class NatActor : PacketActor
{
    private readonly NatTable _table;
    private readonly IPeerRegistry _peers;
    private readonly DestinationPolicy _destinations;
    private readonly NatEnds _ends;
    private readonly ILoggingAdapter _log = LiveLog.Of(Context);
    private readonly RefusalLog _refusals;
    private readonly Treatments _treatments;
    private readonly string _sessionDispatcher;

    public NatActor(
        NatTable table, IPeerRegistry peers, DestinationPolicy destinations, NatEnds ends, string? sessionDispatcher)
        : base(ends.Line.Drops)
    {
        (_table, _peers, _destinations, _ends) = (table, peers, destinations, ends);
        _sessionDispatcher = sessionDispatcher ?? Context.Props.Dispatcher;
        _refusals = new RefusalLog(ends.Line, _log);
        _treatments = new Treatments(table, peers, ends.Line);
        Receive<FlowBatch>(OnStranger);
        Receive<SessionActorStopped>(OnSessionActorStopped);
        Receive<SessionCommand>(command => Sender.Tell(_treatments.Apply(command, Self)));
        Receive<TapPeer>(command => Sender.Tell(_treatments.Apply(command, Self)));
        Receive<EndTap>(command => Sender.Tell(_treatments.Apply(command)));
        Receive<FindPeers>(query => Sender.Tell(new PeersFound([.. _peers.Find(query.Name).Select(peer => peer.Name)])));
    }

    /// <param name="table">The sessions.</param>
    /// <param name="peers">The clients.</param>
    /// <param name="destinations">Whither a client may.</param>
    /// <param name="ends">Where the sessions' packets go.</param>
    /// <param name="sessionDispatcher">The dispatcher of the sessions' actors; null: this actor's.</param>
    public static Props Props(
        NatTable table, IPeerRegistry peers, DestinationPolicy destinations, NatEnds ends, string? sessionDispatcher = null) =>
        PropsOf(() => new NatActor(table, peers, destinations, ends, sessionDispatcher));

    protected override SupervisorStrategy SupervisorStrategy() => TunnelSupervision.OfSessions(_log);

    protected override void PreStart()
    {
        foreach (var session in _table.Sessions.ToList())
        {
            if (_peers.TryFind(session.Mapping.Client, out var peer)) StartActor(session, peer);
            else _table.Close(session, _ends.Line.Now, SessionEnd.ClientGone);
        }
    }

    // Akka would stop the children here; the sessions' actors know nothing of what went wrong in their parent.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    /// <summary>A batch whose flow no session owned when it was read.</summary>
    private void OnStranger(FlowBatch batch)
    {
        _ends.Waiting.Remove(batch);
        var reason = batch.Direction == Direction.Inbound ? Accept(batch, out var session)
            : _table.TryFindOutbound(batch.Peer, batch.Flow, out session) ? DropReason.None // opened since by a batch before this one
            : Open(batch, out session);
        if (reason == DropReason.None)
        {
            session!.HasNewcomers = _ends.Waiting.Has(session);
            Pass((IActorRef)session.Handler!, batch);
        }
        else if (reason != DropReason.TimeToLiveExceeded)
        {
            Refuse(batch, reason);
        }
    }

    private void Refuse(FlowBatch batch, DropReason reason)
    {
        _ends.Line.Drops.Add(reason, batch.Packets.Weight().Packets);
        if (batch.Direction == Direction.Inbound && !_ends.Hairpin.IsTurned(batch.Flow))
            _ends.Unsolicited.Hold(batch.Packets.FirstPacket(), batch.Flow);
        var client = batch.Direction == Direction.Outbound ? batch.Peer
            : _table.TryFindMapping(batch.Flow.Protocol, batch.Flow.Destination, out var mapping) ? mapping.Client
            : default;
        if (!_peers.TryFind(client, out var peer)) return;
        _treatments.Refused(batch, reason, peer);
        _ends.Line.Events.FlowRefused(batch.Flow, batch.Direction == Direction.Outbound, reason, peer, _ends.Line.Now);
        _refusals.Add(batch.Flow, reason, peer);
        if (batch.Direction == Direction.Outbound) _ends.Errors.Refuse(batch.Packets.FirstPacket(), reason, peer);
    }

    private DropReason Open(FlowBatch batch, out NatSession session)
    {
        session = null!;
        if (!_peers.TryFind(batch.Peer, out var peer)) return DropReason.ForbiddenPeer;
        _ends.Errors.DropSpent(batch.Packets, peer);
        if (batch.Packets.FirstPacket().IsEmpty) return DropReason.TimeToLiveExceeded; // all of them, and each is counted
        var opens = false;
        var reason = peer.Allowance?.Begin(batch.Flow.Destination.Address, _table.SessionsOf(peer.Id), _ends.Line.Now, out opens) ?? DropReason.None;
        if (reason != DropReason.None) return reason;
        // Before any rule about destinations: the external address is the server's own, and closed.
        if (!opens && !_ends.Hairpin.Leads(batch.Flow)) reason = _destinations.Check(batch.Flow);
        if (reason != DropReason.None) return reason;
        reason = _table.TryOpen(batch.Peer, batch.Flow, _ends.Line.Now, out session);
        if (reason == DropReason.None) StartActor(session, peer);
        return reason;
    }

    private DropReason Accept(FlowBatch batch, out NatSession session)
    {
        if (_table.TryFindInbound(batch.Flow, out session!)) return DropReason.None;
        var reason = AllowanceOf(batch.Flow, out var sessions)?.Accept(sessions) ?? DropReason.None;
        if (reason != DropReason.None) return reason;
        reason = _table.TryAccept(batch.Packets.FirstPacket(), batch.Flow, _ends.Line.Now, out session);
        if (reason != DropReason.None) return reason;
        if (_peers.TryFind(session.Mapping.Client, out var peer))
        {
            StartActor(session, peer);
            return DropReason.None;
        }

        _table.Close(session, _ends.Line.Now, SessionEnd.ClientGone);
        return DropReason.ForbiddenPeer;
    }

    /// <summary>Of the client that a flow from outside leads to; null where there is none, or without limits.</summary>
    private PeerAllowance? AllowanceOf(in FlowKey flow, out int sessions)
    {
        sessions = 0;
        if (!_table.TryFindMapping(flow.Protocol, flow.Destination, out var mapping) || !_peers.TryFind(mapping.Client, out var peer)) return null;
        sessions = _table.SessionsOf(peer.Id);
        return peer.Allowance;
    }

    private void StartActor(NatSession session, Peer peer)
    {
        var props = NatSessionActor.Props(session, peer, _ends).WithDispatcher(_sessionDispatcher);
        var actor = Context.ActorOf(props, session.Name);
        session.Handler = Context.WatchWith(actor, new SessionActorStopped(session));
        _treatments.Opened(session, peer);
    }

    /// <summary>By expiry, when the session has left the table already; or because its actor failed too often.</summary>
    private void OnSessionActorStopped(SessionActorStopped stopped)
    {
        if (!stopped.Session.IsOpen) return;
        _log.Warning("session {Session} is closed: its actor failed again and again", stopped.Session.Name);
        _table.Close(stopped.Session, _ends.Line.Now, SessionEnd.ActorFailed);
    }

    private sealed record SessionActorStopped(NatSession Session) : INoSerializationVerificationNeeded;
}
