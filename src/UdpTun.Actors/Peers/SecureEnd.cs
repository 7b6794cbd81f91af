using System.Collections.Concurrent;
using Akka.Actor;
using UdpTun.Actors.Settings;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Peers;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Peers;

/// <summary>
/// The transport of a secure line, or one for each of a server's shards, and what their one control half needs: settings in, transports out.
/// Outlives the lines' actors, like the NAT's table.
/// </summary>
public sealed class SecureEnd : IDisposable
{
    private readonly IReadOnlyDictionary<PublicKey, InetEndpoint> _lastSeen;
    private readonly ConcurrentDictionary<PublicKey, long> _used; // of peers that have no session
    private readonly List<LocalIdentity> _former = [];
    private readonly bool[] _isOpen;
    private int _lastId;

    /// <param name="settings">Our key and the first peers.</param>
    /// <param name="mtu">The longest inner packet.</param>
    /// <param name="lastSeen">Where peers were in the last run: they are called at once, so that their sessions go on; null: not known.</param>
    /// <param name="clock">Tells the time of day, which stamps handshakes.</param>
    /// <param name="used">Bytes that peers have used of their quotas in earlier runs; null: none.</param>
    /// <param name="shards">1 or more.</param>
    public SecureEnd(
        SecureSettings settings, int mtu, TimeProvider clock, IReadOnlyDictionary<PublicKey, InetEndpoint>? lastSeen = null,
        IReadOnlyDictionary<PublicKey, long>? used = null, int shards = 1)
    {
        (Settings, Clock) = (settings, clock);
        _lastSeen = lastSeen ?? new Dictionary<PublicKey, InetEndpoint>();
        _used = new ConcurrentDictionary<PublicKey, long>(used ?? new Dictionary<PublicKey, long>());
        Identity = new LocalIdentity(settings.PrivateKey, clock);
        Indices = new SessionIndices(shards);
        Transports = [.. Enumerable.Range(0, shards).Select(shard => new SecureTransport(Identity.Key, settings.Times, Indices, mtu, shard))];
        ClientsOfShards = [.. Transports.Select(transport => new KnownPeers(transport))];
        Udp = [.. Transports.Select(_ => ActorRefs.Nobody)];
        _isOpen = new bool[shards];
        Peers = settings.Peers;
        var table = new PeerTable(settings.Peers.Select(peer => (NewSession(peer), peer.AllowedIps)));
        for (var shard = 0; shard < shards; shard++) Transports[shard].Begin(PartOf(table, shard));
    }

    public SecureSettings Settings { get; }

    public PublicKey Key => Identity.Key;

    /// <summary>Whether AES-256-GCM is offered to peers, and taken.</summary>
    public bool AllowsAes => Settings.AllowsAes && PacketCipher.HasAes;

    /// <summary>One for each shard.</summary>
    public IReadOnlyList<SecureTransport> Transports { get; }

    /// <summary>Of a line that is alone.</summary>
    public SecureTransport Transport => Transports.Single();

    /// <summary>The peers of each shard as a server's clients.</summary>
    public IReadOnlyList<KnownPeers> ClientsOfShards { get; }

    /// <summary>The peers as the clients of a server that is alone.</summary>
    public KnownPeers Clients => ClientsOfShards.Single();

    /// <summary>Finds the addresses behind a peer's endpoint, best first; by default those that DNS gives.</summary>
    public Func<ServerEndpoint, Task<IReadOnlyList<InetEndpoint>>> Resolve { get; init; } = EndpointResolution.ByDns;

    /// <summary>Looks why a place does not answer: NoAnswer, PortClosed or NoRoute; null: nobody looks.</summary>
    public Func<InetEndpoint, Task<HandshakeFailure>>? Examine { get; init; }

    /// <summary>Whether a peer whose endpoint is known is called before there is anything to send, and called again for as long as it takes.</summary>
    public bool CallsAtOnce { get; init; }

    /// <summary>Whether a peer is called for a packet or its keepalive alone, as WireGuard's own interfaces do it, though its place is known.</summary>
    public bool WaitsForPackets { get; init; }

    /// <summary>Where peers that have been heard are now, for the next run. Any thread.</summary>
    public IReadOnlyDictionary<PublicKey, InetEndpoint> Seen => Sessions
        .Where(session => session.Endpoint is not null && session.Stamps.Received is not null)
        .ToDictionary(session => session.Key, session => session.Endpoint!.Value);

    /// <summary>
    /// Bytes that each peer with a quota has used of it, in this run and those before; those too that are no peers at the moment, and may be again.
    /// Any thread.
    /// </summary>
    public IReadOnlyDictionary<PublicKey, long> Used
    {
        get
        {
            var used = new Dictionary<PublicKey, long>(_used);
            foreach (var session in Sessions)
            {
                if (session.Peer.Allowance is { Limits.Quota: not null, UsedBytes: > 0 } allowance) used[session.Key] = allowance.UsedBytes;
                else used.Remove(session.Key);
            }

            return used;
        }
    }

    /// <summary>The peers as they are asked for now; written by the control half alone.</summary>
    internal IReadOnlyList<PeerSettings> Peers { get; set; }

    internal TimeProvider Clock { get; }

    internal LocalIdentity Identity { get; private set; }

    internal SessionIndices Indices { get; }

    /// <summary>The UDP end of each shard; set while the tree is built, before any has a socket.</summary>
    internal IActorRef[] Udp { get; }

    private IEnumerable<PeerSession> Sessions => Transports.SelectMany(transport => transport.Peers.Sessions);

    /// <summary>
    /// The shard of a peer: told by its key, so that it is the same after a restart, for the peer's saved sessions, whoever has come or gone.
    /// </summary>
    public int HomeOf(PublicKey key) => key.Span[0] % Transports.Count;

    /// <summary>Whether the shard has had a socket. Any thread.</summary>
    internal bool IsOpen(int shard) => Volatile.Read(ref _isOpen[shard]);

    internal void Open(int shard) => Volatile.Write(ref _isOpen[shard], true);

    internal PeerTable PartOf(PeerTable table, int shard) => Transports.Count == 1 ? table : table.OfShard(shard);

    /// <summary>The peer's session, if the packet half has one.</summary>
    internal PeerSession? SessionOf(PublicKey key) => Transports[HomeOf(key)].Peers.TryFind(key, out var session) ? session : null;

    internal PeerSession NewSession(PeerSettings settings)
    {
        var peer = new Peer(new PeerId(Interlocked.Increment(ref _lastId)), settings.Name) { Identity = settings.PublicKey.ToString() };
        // A peer that is made anew, for our own key has changed, has used what it has used.
        var used = SessionOf(settings.PublicKey)?.Peer.Allowance?.UsedBytes ?? _used.GetValueOrDefault(settings.PublicKey);
        if (!settings.Limits.Says(PeerLimits.None)) peer.Allowance = new PeerAllowance(settings.Limits, used);
        var session = new PeerSession(peer, settings.PublicKey) { Home = HomeOf(settings.PublicKey) };
        if (_lastSeen.TryGetValue(settings.PublicKey, out var endpoint)) session.MoveTo(endpoint);
        return session;
    }

    /// <summary>The peer is none any more.</summary>
    internal void Leave(PeerSession session)
    {
        if (session.Peer.Allowance is { Limits.Quota: not null } allowance) _used[session.Key] = allowance.UsedBytes;
    }

    /// <summary>Who we are from now on. The former key stays with actors that are about to end, and is wiped at the end.</summary>
    internal void UseKey(SecretKey key)
    {
        _former.Add(Identity);
        Identity = new LocalIdentity(key, Clock);
    }

    public void Dispose()
    {
        Identity.Dispose();
        foreach (var former in _former) former.Dispose();
    }
}
