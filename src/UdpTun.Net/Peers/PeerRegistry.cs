// Stage: the UDP end asks here for each group of datagrams. Thread: the loop alone, no locks. Memory: a known peer costs no allocation.
using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Peers;

/// <summary>The clients of a plain server, by address and port: who may be one, how many, and until when.</summary>
/// <param name="allowed">The ranges that clients may come from; empty lets nobody in.</param>
/// <param name="seats">How many there may be.</param>
/// <param name="idleTimeout">A peer without sessions is forgotten after this time without a datagram.</param>
public sealed class PeerRegistry(IReadOnlyList<InetPrefix> allowed, PeerSeats seats, TimeSpan idleTimeout) : IPeerRegistry
{
    private readonly Dictionary<InetEndpoint, Peer> _byEndpoint = [];
    private readonly Dictionary<PeerId, Peer> _byId = [];
    private InetPrefix[] _allowed = [.. allowed];
    private TimeSpan _idleTimeout = idleTimeout;
    private int _lastId;

    /// <summary>One that shares its seats with no other.</summary>
    /// <param name="allowed">The ranges that clients may come from; empty lets nobody in.</param>
    /// <param name="maxPeers">Peers at the same time, 1 or more.</param>
    /// <param name="idleTimeout">A peer without sessions is forgotten after this time without a datagram.</param>
    public PeerRegistry(IReadOnlyList<InetPrefix> allowed, int maxPeers, TimeSpan idleTimeout)
        : this(allowed, new PeerSeats(maxPeers), idleTimeout)
    {
    }

    public int Count => _byId.Count;

    /// <summary>In no order. Not to be kept over an <see cref="Admit"/> or a <see cref="Sweep"/>.</summary>
    public IEnumerable<Peer> Peers => _byId.Values;

    /// <summary>
    /// Goes by other rules from now on, for the peers that there are too: who is not allowed any more is not heard, and forgotten when its
    /// sessions are gone. The parameters are those of the constructor.
    /// </summary>
    public void Use(IReadOnlyList<InetPrefix> allowed, int maxPeers, TimeSpan idleTimeout)
    {
        (_allowed, _idleTimeout, seats.Max) = ([.. allowed], idleTimeout, maxPeers);
        _byEndpoint.Clear();
        foreach (var peer in _byId.Values)
            if (IsAllowed(peer.Endpoint.Address)) _byEndpoint.Add(peer.Endpoint, peer);
    }

    /// <summary>The peer that a datagram came from, made on the first one.</summary>
    /// <param name="remote">The datagram's source.</param>
    /// <param name="now">The time on the registry's clock; becomes the peer's <see cref="Peer.LastSeen"/>.</param>
    /// <param name="peer">The peer, after <see cref="DropReason.None"/>.</param>
    /// <returns>None, ForbiddenPeer or TooManyPeers.</returns>
    public DropReason Admit(InetEndpoint remote, TimeSpan now, out Peer peer)
    {
        if (_byEndpoint.TryGetValue(remote, out peer!))
        {
            peer.LastSeen = now;
            return DropReason.None;
        }

        if (!IsAllowed(remote.Address)) return DropReason.ForbiddenPeer;
        if (!seats.TryTake()) return DropReason.TooManyPeers;
        peer = new Peer(new PeerId(++_lastId), remote, now);
        _byEndpoint.Add(remote, peer);
        _byId.Add(peer.Id, peer);
        return DropReason.None;
    }

    DropReason IPeerRegistry.Admit(PeerId id, InetEndpoint remote, TimeSpan now, out Peer peer) => Admit(remote, now, out peer);

    /// <inheritdoc/>
    public DropReason AdmitSaved(string identity, TimeSpan now, out Peer peer)
    {
        peer = null!;
        return InetEndpoint.TryParse(identity, out var remote) ? Admit(remote, now, out peer) : DropReason.ForbiddenPeer;
    }

    public bool TryFind(PeerId id, [MaybeNullWhen(false)] out Peer peer) => _byId.TryGetValue(id, out peer);

    /// <inheritdoc/>
    public IReadOnlyList<Peer> Find(string name)
    {
        if (InetEndpoint.TryParse(name, out var endpoint)) return _byEndpoint.TryGetValue(endpoint, out var peer) ? [peer] : [];
        if (!InetAddress.TryParse(name, out var address)) return [];
        return [.. Peers.Where(peer => peer.Endpoint.Address == address || peer.InnerV4 == address || peer.InnerV6 == address)];
    }

    /// <inheritdoc/>
    public void Sweep(TimeSpan now, Func<PeerId, bool> hasSessions, List<Peer> gone)
    {
        // Removing from a dictionary while it is enumerated is defined since .NET Core 3.0.
        foreach (var peer in _byId.Values)
        {
            if (now - peer.LastSeen < _idleTimeout || hasSessions(peer.Id)) continue;
            _byId.Remove(peer.Id);
            _byEndpoint.Remove(peer.Endpoint);
            seats.GiveBack();
            gone.Add(peer);
        }
    }

    private bool IsAllowed(InetAddress address)
    {
        foreach (var prefix in _allowed)
            if (prefix.Contains(address)) return true;
        return false;
    }
}
