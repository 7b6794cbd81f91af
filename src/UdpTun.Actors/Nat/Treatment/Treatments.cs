// Stage: beside the line; what the operator asks for. Thread: event loop. Memory: holds no packets.
using Akka.Actor;
using UdpTun.Actors.Events;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Finding;
using UdpTun.Net.Peers;
using UdpTun.Net.Treatment;
using UdpTun.Net.Treatment.Capture;

namespace UdpTun.Actors.Nat.Treatment;

/// <summary>
/// Gives sessions their taps, faults and limits. These hang on the session and on the peer in the tables, so they outlive the failure of
/// an actor.
/// </summary>
internal sealed class Treatments(NatTable table, IPeerRegistry peers, LineContext line)
{
    /// <param name="command">What is wanted.</param>
    /// <param name="nat">Who is asked.</param>
    /// <returns>The answer.</returns>
    public object Apply(SessionCommand command, IActorRef nat)
    {
        if (!table.TryFind(command.Session, out var session) || session.Name != (command.Name ?? session.Name)) return NoSuchSession.Instance;
        if (command is TapSession { Tap: var tap })
        {
            Tap(session, tap, isNew: false);
            return new TapStarted(session.Name, 1, nat);
        }

        if (command is KillSession) Kill(session);
        if (command is KillSession or GetSession) return Details(session);
        var treatment = session.Treatment ??= new SessionTreatment();
        if (command is SetFaults { Faults: var faults }) treatment.SetFaults(faults);
        else if (command is SetLimit { Limit: var limit }) treatment.SetLimit(limit);

        var report = new TreatmentReport(
            session.Name, $"{session.Mapping.Inner} > {session.Remote} as {session.Mapping.Outer}",
            treatment.Faults, treatment.Limit, treatment.Taps.Count);
        if (treatment.IsOver) session.Treatment = null;
        Tell(command, session, report);
        return report;
    }

    /// <param name="command">What is wanted.</param>
    /// <param name="nat">Who is asked.</param>
    /// <returns>The answer.</returns>
    public object Apply(TapPeer command, IActorRef nat)
    {
        var found = peers.Find(command.Peer);
        if (found is not [var peer]) return new PeerNotFound([.. found.Select(match => match.Endpoint.ToString())]);
        (peer.Taps ??= []).Add(command.Tap);
        var sessions = table.Sessions.Where(session => session.Mapping.Client == peer.Id).ToList();
        foreach (var session in sessions) Tap(session, command.Tap, isNew: false);
        return new TapStarted(peer.Name, sessions.Count, nat);
    }

    /// <returns>The answer.</returns>
    public object Apply(EndTap command)
    {
        command.Tap.End();
        foreach (var peer in peers.Peers)
        {
            peer.Taps?.Remove(command.Tap);
            if (peer.Taps?.Count == 0) peer.Taps = null;
        }

        return TapEnded.Instance;
    }

    /// <summary>To be called for each session that is opened.</summary>
    public void Opened(NatSession session, Peer peer)
    {
        if (peer.Taps is not { } taps) return;
        foreach (var tap in taps) Tap(session, tap, isNew: true);
    }

    /// <summary>To be called for packets that no session is opened for.</summary>
    public void Refused(FlowBatch batch, DropReason reason, Peer peer)
    {
        if (peer.Taps is not { } taps) return;
        foreach (var tap in taps)
            tap.CopyRefused(batch.Packets, batch.Flow, peer.Endpoint, batch.Direction == Direction.Outbound, line.Now, reason);
    }

    private SessionDetails Details(NatSession session)
    {
        var now = line.Now;
        return new SessionDetails(
            SessionSearch.Report(new FoundSession(session, NameOf(session.Mapping.Client), null), now), session.IsFromOutside, session.Mapping.Sessions,
            session.Mapping.HeldUntil - now,
            session.LastDrop is { } drop ? (drop.Reason, now - drop.At, drop.Packets) : null, session.PathMtu);
    }

    private void Kill(NatSession session)
    {
        session.Kill(line.Now);
        line.Events.FlowTreated(TunnelEventKind.FlowKilled, session, NameOf(session.Mapping.Client), null);
    }

    private void Tell(SessionCommand command, NatSession session, TreatmentReport report)
    {
        var (kind, what) = command is SetLimit
            ? (TunnelEventKind.FlowLimited, report.Limit?.ToString())
            : (TunnelEventKind.FlowFaulted, report.Faults?.ToString());
        line.Events.FlowTreated(kind, session, NameOf(session.Mapping.Client), what ?? "off");
    }

    private string NameOf(PeerId client) => peers.TryFind(client, out var peer) ? peer.Name : client.ToString();

    private void Tap(NatSession session, PacketTap tap, bool isNew)
    {
        if (!peers.TryFind(session.Mapping.Client, out var peer)) return;
        (session.Treatment ??= new SessionTreatment()).Add(new SessionTap(tap, session, peer.Endpoint, isNew));
    }
}
