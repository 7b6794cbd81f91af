// Stage: who a packet's address or a datagram's key belongs to. Thread: made off the loop, read on it. Memory: immutable.
using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Secure.Peers;

/// <summary>All peers at one time. A change makes a new table, so that the loop never waits for one.</summary>
public sealed class PeerTable
{
    public static readonly PeerTable Empty = new([]);

    private readonly AllowedIps<PeerSession> _allowed;
    private readonly Dictionary<PeerId, PeerSession> _sessions = [];
    private readonly Dictionary<PublicKey, PeerSession> _byKey = [];

    /// <param name="peers">Each peer with its inner ranges. Where two have the same range the later one gets it.</param>
    public PeerTable(IEnumerable<(PeerSession Session, IReadOnlyList<InetPrefix> AllowedIps)> peers)
    {
        _allowed = new AllowedIps<PeerSession>();
        foreach (var (session, ranges) in peers)
        {
            _sessions.Add(session.Peer.Id, session);
            _byKey.Add(session.Key, session);
            foreach (var range in ranges) _allowed.Set(range, session);
        }
    }

    private PeerTable(PeerTable whole, int shard)
    {
        _allowed = whole._allowed;
        foreach (var session in whole.Sessions.Where(session => session.Home == shard))
        {
            _sessions.Add(session.Peer.Id, session);
            _byKey.Add(session.Key, session);
        }
    }

    public IReadOnlyCollection<PeerSession> Sessions => _sessions.Values;

    public bool TryFind(PeerId id, [MaybeNullWhen(false)] out PeerSession session) => _sessions.TryGetValue(id, out session);

    public bool TryFind(PublicKey key, [MaybeNullWhen(false)] out PeerSession session) => _byKey.TryGetValue(key, out session);

    /// <summary>
    /// One shard's part: its own peers, and of the others only which inner addresses are theirs, for the longest range counts, whoever has it.
    /// </summary>
    public PeerTable OfShard(int shard) => new(this, shard);

    /// <summary>Whose an inner address is (4 or 16 bytes, network order); with several shards perhaps a peer of another.</summary>
    internal PeerSession? OwnerOf(ReadOnlySpan<byte> address) => _allowed.Find(address);
}
