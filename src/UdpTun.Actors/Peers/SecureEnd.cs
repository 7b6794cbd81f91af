using UdpTun.Actors.Settings;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Peers;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Peers;

/// <summary>
/// A secure line's transport and what its control half needs: settings in, transport out. Outlives the line's actors, like the NAT's table.
/// </summary>
public sealed class SecureEnd : IDisposable
{
    private readonly IReadOnlyDictionary<PublicKey, InetEndpoint> _lastSeen;
    private readonly IReadOnlyDictionary<PublicKey, long> _used;
    private readonly List<LocalIdentity> _former = [];
    private int _lastId;

    /// <param name="settings">Our key and the first peers.</param>
    /// <param name="mtu">The longest inner packet.</param>
    /// <param name="lastSeen">Where peers were when the last run ended: they are called at once, so that their sessions go on; null: not known.</param>
    /// <param name="clock">Tells the time of day, which stamps handshakes.</param>
    /// <param name="used">Bytes that peers have used of their quotas in earlier runs; null: none.</param>
    public SecureEnd(
        SecureSettings settings, int mtu, TimeProvider clock, IReadOnlyDictionary<PublicKey, InetEndpoint>? lastSeen = null,
        IReadOnlyDictionary<PublicKey, long>? used = null)
    {
        (Settings, Clock) = (settings, clock);
        _lastSeen = lastSeen ?? new Dictionary<PublicKey, InetEndpoint>();
        _used = used ?? new Dictionary<PublicKey, long>();
        Identity = new LocalIdentity(settings.PrivateKey, clock);
        Transport = new SecureTransport(Identity.Key, settings.Times, Indices, mtu);
        Clients = new KnownPeers(Transport);
        Peers = settings.Peers;
        Transport.Begin(new PeerTable(settings.Peers.Select(peer => (NewSession(peer), peer.AllowedIps))));
    }

    public SecureSettings Settings { get; }

    public PublicKey Key => Identity.Key;

    public SecureTransport Transport { get; }

    /// <summary>The peers as a server's clients.</summary>
    public KnownPeers Clients { get; }

    /// <summary>Finds the addresses behind a peer's endpoint, best first; by default those that DNS gives.</summary>
    public Func<ServerEndpoint, Task<IReadOnlyList<InetEndpoint>>> Resolve { get; init; } = EndpointResolution.ByDns;

    /// <summary>Looks why a place does not answer: NoAnswer, PortClosed or NoRoute; null: nobody looks.</summary>
    public Func<InetEndpoint, Task<HandshakeFailure>>? Examine { get; init; }

    /// <summary>Whether there has been a socket. Written by the parent of the peers alone.</summary>
    internal bool IsOpen { get; set; }

    /// <summary>Whether a peer whose endpoint is known is called before there is anything to send, and called again for as long as it takes.</summary>
    public bool CallsAtOnce { get; init; }

    /// <summary>Where peers that have a session are now, for the next run. When the loop has ended.</summary>
    public IReadOnlyDictionary<PublicKey, InetEndpoint> Seen => Transport.Peers.Sessions
        .Where(session => session.Endpoint is not null && session.Stamps.Received is not null)
        .ToDictionary(session => session.Key, session => session.Endpoint!.Value);

    /// <summary>Bytes that each peer with a quota has used of it, in this run and those before. Any thread.</summary>
    public IReadOnlyDictionary<PublicKey, long> Used => Transport.Peers.Sessions
        .Where(session => session.Peer.Allowance is { Limits.Quota: not null, UsedBytes: > 0 })
        .ToDictionary(session => session.Key, session => session.Peer.Allowance!.UsedBytes);

    /// <summary>The peers as they are asked for now; written by the control half alone.</summary>
    internal IReadOnlyList<PeerSettings> Peers { get; set; }

    internal TimeProvider Clock { get; }

    internal LocalIdentity Identity { get; private set; }

    internal SessionIndices Indices { get; } = new();

    /// <summary>The peer's session, if the packet half has one.</summary>
    internal PeerSession? SessionOf(PublicKey key) => Transport.Peers.TryFind(key, out var session) ? session : null;

    internal PeerSession NewSession(PeerSettings settings)
    {
        var peer = new Peer(new PeerId(Interlocked.Increment(ref _lastId)), settings.Name);
        // A peer that is made anew, for our own key has changed, has used what it has used.
        var used = SessionOf(settings.PublicKey)?.Peer.Allowance?.UsedBytes ?? _used.GetValueOrDefault(settings.PublicKey);
        if (!settings.Limits.Says(PeerLimits.None)) peer.Allowance = new PeerAllowance(settings.Limits, used);
        var session = new PeerSession(peer, settings.PublicKey);
        if (_lastSeen.TryGetValue(settings.PublicKey, out var endpoint)) session.MoveTo(endpoint);
        return session;
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
