// Stage: beside the line. Thread: event loop, when the line has had its turn, a bounded slice a turn. Memory: holds no packets.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Finding;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Tells of one shard's clients and sessions what only its loop may look at. It does no more than that here: of the sessions it hands out
/// references, a few a turn, and whoever asked reads, filters and sorts them on another thread.
/// </summary>
internal sealed class SessionReporter : ReceiveActor
{
    /// <summary>Sessions handed out between two chances for packets to pass: some 10 microseconds.</summary>
    public const int SessionsPerTurn = 256;

    private readonly LineContext _line;
    private readonly NatTable _table;
    private readonly IPeerRegistry _peers;

    public SessionReporter(LineContext line, NatTable table, IPeerRegistry peers)
    {
        (_line, _table, _peers) = (line, table, peers);
        Receive<GetPeers>(OnGetPeers);
        Receive<WalkSessions>(OnWalk);
        Receive<ContinueWalk>(next => Continue(next.Walk, next.Asker));
    }

    public static Props Props(LineContext line, NatTable table, IPeerRegistry peers) =>
        Akka.Actor.Props.Create(() => new SessionReporter(line, table, peers));

    /// <summary>Joins what several shards have told.</summary>
    public static PeersReport Join(IReadOnlyList<PeersReport> reports, int max) => new(
        [.. reports.SelectMany(report => report.Peers).OrderByDescending(TrafficOf).Take(max)],
        reports.Sum(report => report.MappingCount));

    private void OnGetPeers(GetPeers query)
    {
        var now = _line.Now;
        var busiest = _peers.Peers.OrderByDescending(peer => peer.Received.Bytes + peer.Sent.Bytes).Take(query.Max).Select(peer =>
            new PeerReport(
                peer.Name, peer.Endpoint.ToString(), _table.SessionsOf(peer.Id), now - peer.LastSeen, peer.Received, peer.Sent));
        Sender.Tell(new PeersReport([.. busiest], _table.MappingCount));
    }

    private void OnWalk(WalkSessions query)
    {
        Sender.Tell(new WalkBegun([.. _peers.Peers], _table.SessionCount, _table.MappingCount, ReportKept(query.MaxKept)));
        Continue(_table.BeginWalk(), Sender);
    }

    private void Continue(SessionWalk walk, IActorRef asker)
    {
        var slice = new NatSession[SessionsPerTurn];
        var taken = walk.Take(slice);
        asker.Tell(new SessionSlice(new ArraySegment<NatSession>(slice, 0, taken), walk.IsOver));
        if (walk.IsOver) walk.Dispose();
        else Self.Tell(new ContinueWalk(walk, asker));
    }

    private List<KeptMappingReport> ReportKept(int max) =>
    [
        .. _table.Statics.Take(max).Select(entry => new KeptMappingReport(
            entry.Rule.Protocol, entry.Outer, entry.Rule.Inner, entry.Mapping is { } mapping ? NameOf(mapping.Client) : null, null,
            entry.Mapping?.Sessions ?? 0)),
        .. _table.Held.Take(max).Select(mapping => new KeptMappingReport(
            mapping.Protocol, mapping.Outer, mapping.Inner, NameOf(mapping.Client), mapping.HeldUntil - _line.Now, mapping.Sessions)),
    ];

    private string NameOf(PeerId client) => _peers.TryFind(client, out var peer) ? peer.Name : client.ToString();

    private static long TrafficOf(PeerReport peer) => peer.Received.Bytes + peer.Sent.Bytes;

    private sealed record ContinueWalk(SessionWalk Walk, IActorRef Asker) : INoSerializationVerificationNeeded;
}

/// <summary>Asks a reporter for all sessions; answered by <see cref="WalkBegun"/> and then <see cref="SessionSlice"/>s.</summary>
/// <param name="MaxKept">Kept mappings of each kind at most.</param>
internal sealed record WalkSessions(int MaxKept) : INoSerializationVerificationNeeded;

/// <param name="Peers">The clients whose the sessions are.</param>
/// <param name="SessionCount">All sessions.</param>
/// <param name="MappingCount">All mappings.</param>
/// <param name="Kept">The mappings that are kept without sessions too.</param>
internal sealed record WalkBegun(
    IReadOnlyList<Peer> Peers, int SessionCount, int MappingCount, IReadOnlyList<KeptMappingReport> Kept) : INoSerializationVerificationNeeded;

/// <param name="Sessions">Some of them, which go on: whoever reads them sees what they are then.</param>
/// <param name="IsLast">Whether that was all.</param>
internal sealed record SessionSlice(ArraySegment<NatSession> Sessions, bool IsLast) : INoSerializationVerificationNeeded;
