// Stage: beside the line. Thread: event loop, when the line has had its turn, a bounded slice a turn. Memory: holds no packets.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>Tells of one shard's clients and sessions what only its loop may look at.</summary>
internal sealed class SessionReporter : ReceiveActor
{
    private readonly LineContext _line;
    private readonly NatTable _table;
    private readonly IPeerRegistry _peers;

    public SessionReporter(LineContext line, NatTable table, IPeerRegistry peers)
    {
        (_line, _table, _peers) = (line, table, peers);
        Receive<GetPeers>(OnGetPeers);
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

    private static long TrafficOf(PeerReport peer) => peer.Received.Bytes + peer.Sent.Bytes;
}
