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
internal sealed class SessionReporter : HandlerActor
{
    /// <summary>Sessions handed out between two chances for packets to pass: some 10 microseconds.</summary>
    public const int SessionsPerTurn = 256;

    private readonly LineContext _line;
    private readonly NatTable _table;
    private readonly IPeerRegistry _peers;
    private readonly Dictionary<IActorRef, (SessionWalk Walk, NatSession[] Slice)> _walks = [];

    public SessionReporter(LineContext line, NatTable table, IPeerRegistry peers)
    {
        (_line, _table, _peers) = (line, table, peers);
        Receive<GetPeers>(OnGetPeers);
        Receive<WalkSessions>(OnWalk);
        Receive<ContinueWalk>(_ => Continue(Sender));
        Receive<Terminated>(gone => End(gone.ActorRef));
    }

    public static Props Props(LineContext line, NatTable table, IPeerRegistry peers) =>
        PropsOf(() => new SessionReporter(line, table, peers));

    protected override void PostStop()
    {
        foreach (var begun in _walks.Values) begun.Walk.Dispose();
    }

    /// <summary>Joins what several shards have told.</summary>
    public static PeersReport Join(IReadOnlyList<PeersReport> reports, int max) => new(
        [.. reports.SelectMany(report => report.Peers).OrderByDescending(TrafficOf).Take(max)],
        reports.Sum(report => report.MappingCount));

    private void OnGetPeers(GetPeers query)
    {
        var now = _line.Now;
        var busiest = _peers.Peers.OrderByDescending(peer => peer.Received.Bytes + peer.Sent.Bytes).Take(query.Max).Select(peer =>
            new PeerReport(
                peer.Name, peer.Endpoint.ToString(), _table.SessionsOf(peer.Id), peer.Received.Packets > 0 ? now - peer.LastSeen : null, peer.Received, peer.Sent));
        Sender.Tell(new PeersReport([.. busiest], _table.MappingCount));
    }

    private void OnWalk(WalkSessions query)
    {
        Sender.Tell(new WalkBegun([.. _peers.Peers], _table.SessionCount, _table.MappingCount, ReportKept(query.MaxKept)));
        End(Sender);
        _walks.Add(Sender, (_table.BeginWalk(), new NatSession[SessionsPerTurn]));
        Context.Watch(Sender);
        Continue(Sender);
    }

    private void Continue(IActorRef asker)
    {
        if (!_walks.TryGetValue(asker, out var begun)) return;
        var (walk, slice) = begun; // the asker is done with what was in it
        var taken = walk.Take(slice);
        asker.Tell(new SessionSlice(new ArraySegment<NatSession>(slice, 0, taken), walk.IsOver));
        if (walk.IsOver) End(asker);
    }

    private void End(IActorRef asker)
    {
        Context.Unwatch(asker);
        if (_walks.Remove(asker, out var begun)) begun.Walk.Dispose();
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
}

/// <summary>
/// Asks a reporter for all sessions; answered by <see cref="WalkBegun"/> and a <see cref="SessionSlice"/>, and each <see cref="ContinueWalk"/> by
/// another. The asker sets the pace: handed out as fast as can be they would keep the loop's thread and the asker's busy at once, which on two cores
/// is all there is, and an echo beside it waited for the scheduler.
/// </summary>
/// <param name="MaxKept">Kept mappings of each kind at most.</param>
internal sealed record WalkSessions(int MaxKept) : INoSerializationVerificationNeeded;

/// <summary>Asks for the next slice.</summary>
internal sealed record ContinueWalk : INoSerializationVerificationNeeded
{
    public static readonly ContinueWalk Instance = new();
}

/// <param name="Peers">The clients whose the sessions are.</param>
/// <param name="SessionCount">All sessions.</param>
/// <param name="MappingCount">All mappings.</param>
/// <param name="Kept">The mappings that are kept without sessions too.</param>
internal sealed record WalkBegun(
    IReadOnlyList<Peer> Peers, int SessionCount, int MappingCount, IReadOnlyList<KeptMappingReport> Kept) : INoSerializationVerificationNeeded;

/// <param name="Sessions">
/// Some of them, which go on: whoever reads them sees what they are then. The array is the reporter's, and filled anew for the next slice.
/// </param>
/// <param name="IsLast">Whether that was all.</param>
internal sealed record SessionSlice(ArraySegment<NatSession> Sessions, bool IsLast) : INoSerializationVerificationNeeded;
