using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Finding;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// One question about sessions: lets every shard's reporter walk through its own, keeps what is wanted, answers and is gone. Runs on the
/// default dispatcher, so that filtering and sorting cost no packet anything. A shard that stays silent leaves the asker to its patience.
/// </summary>
internal sealed class SessionSearch : HandlerActor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly GetSessions _query;
    private readonly LineContext _line;
    private readonly IActorRef _asker;
    private readonly FirstSessions _first;
    private readonly Dictionary<IActorRef, Dictionary<PeerId, string>> _peers = [];
    private readonly List<WalkBegun> _walks = [];
    private readonly Strands _strands = new();
    private int _walking;
    private int _matching;

    public SessionSearch(IReadOnlyList<IActorRef> reporters, GetSessions query, LineContext line, IActorRef asker)
    {
        (_query, _line, _asker, _walking) = (query, line, asker, reporters.Count);
        // One more than asked for tells whether there are more.
        _first = new FirstSessions(query.Max + 1);
        query.Rates?.Begin(line.Now);
        Receive<WalkBegun>(OnBegun);
        Receive<SessionSlice>(OnSlice);
        Receive<ReceiveTimeout>(_ => Context.Stop(Self));
        SetReceiveTimeout(Patience);
        foreach (var reporter in reporters) reporter.Tell(new WalkSessions(query.Max));
    }

    public static Props Props(IReadOnlyList<IActorRef> reporters, GetSessions query, LineContext line, IActorRef asker) =>
        PropsOf(() => new SessionSearch(reporters, query, line, asker));

    private void OnBegun(WalkBegun begun)
    {
        _walks.Add(begun);
        _peers.Add(Sender, begun.Peers.ToDictionary(peer => peer.Id, peer => peer.Name));
    }

    private void OnSlice(SessionSlice slice)
    {
        var peers = _peers[Sender];
        foreach (var session in slice.Sessions) Look(session, peers);
        if (!slice.IsLast) Sender.Tell(ContinueWalk.Instance);
        if (!slice.IsLast || --_walking > 0) return;
        Answer();
        Context.Stop(Self);
    }

    private void Look(NatSession session, Dictionary<PeerId, string> peers)
    {
        // Sampled whether it is wanted or not: it may be in the next answer.
        var rate = _query.Rates?.Sample(session);
        // One that was opened after the peers were told of is told of the next time.
        if (!peers.TryGetValue(session.Mapping.Client, out var peer)) return;
        if (rate is { } carried) _strands.Add(session, peer, carried);
        if (!_query.Filter.Admits(session, peer)) return;
        _matching++;
        if (session.Id.Value < (_query.Before ?? long.MaxValue)) _first.Add(new FoundSession(session, peer, rate), Rank(session, rate));
    }

    private double Rank(NatSession session, (double Out, double In)? rate) => _query.Order switch
    {
        SessionOrder.Bytes => session.Outbound.Bytes + session.Inbound.Bytes,
        SessionOrder.Rate => rate is var (sent, received) ? sent + received : 0,
        SessionOrder.Idle => -session.LastSeen.Ticks,
        _ => session.Id.Value,
    };

    private void Answer()
    {
        var found = _first.Take();
        var now = _line.Now;
        var sessions = found.Take(_query.Max).Select(one => Report(one, now)).ToList();
        _asker.Tell(new SessionsReport(
            sessions, _walks.Sum(walk => walk.SessionCount), _walks.Sum(walk => walk.MappingCount),
            [.. _walks.SelectMany(walk => walk.Kept).Take(2 * _query.Max)])
        {
            Matching = _matching,
            Strands = _strands.Report(),
            Next = found.Count > _query.Max && _query.Max > 0 && _query.Order == SessionOrder.Newest
                ? found[_query.Max - 1].Session.Id.Value
                : null,
        });
    }

    /// <summary>What a session is told with.</summary>
    public static SessionReport Report(FoundSession found, TimeSpan now)
    {
        var session = found.Session;
        return new SessionReport(
            session.Name, found.Peer, session.Mapping, session.Remote, session.State, now - session.OpenedAt, now - session.LastSeen,
            session.Outbound, session.Inbound)
        {
            IdleTimeout = session.IdleTimeout,
            Rate = found.Rate,
        };
    }
}
