// Stage: the server's routes ask here whose packets they hold. Thread: the loop, but for Count. Memory: none of its own.
using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Secure.Peers;

/// <summary>The peers of a secure transport as a server's clients: those it is told of, and nobody else.</summary>
public sealed class KnownPeers(SecureTransport transport) : IPeerRegistry
{
    private readonly HashSet<PeerId> _seen = [];
    private int _count;

    /// <summary>Peers that have sent something and are not forgotten since.</summary>
    public int Count => Volatile.Read(ref _count);

    public IEnumerable<Peer> Peers => transport.Peers.Sessions.Select(session => session.Peer);

    public DropReason Admit(PeerId id, InetEndpoint remote, TimeSpan now, out Peer peer)
    {
        if (!TryFind(id, out peer!)) return DropReason.ForbiddenPeer;
        peer.LastSeen = now;
        if (_seen.Add(peer.Id)) Volatile.Write(ref _count, _seen.Count);
        return DropReason.None;
    }

    /// <inheritdoc/>
    public DropReason AdmitSaved(string identity, TimeSpan now, out Peer peer)
    {
        peer = null!;
        return PublicKey.TryParse(identity, out var key) && transport.Peers.TryFind(key, out var session)
            ? Admit(session.Peer.Id, default, now, out peer) : DropReason.ForbiddenPeer;
    }

    public bool TryFind(PeerId id, [MaybeNullWhen(false)] out Peer peer)
    {
        peer = transport.Peers.TryFind(id, out var session) ? session.Peer : null;
        return peer is not null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Peer> Find(string name)
    {
        if (InetEndpoint.TryParse(name, out var endpoint)) return [.. Peers.Where(peer => peer.Endpoint == endpoint)];
        if (!InetAddress.TryParse(name, out var address)) return [.. Peers.Where(peer => peer.Name == name)];
        return [.. Peers.Where(peer => peer.Endpoint.Address == address || peer.InnerV4 == address || peer.InnerV6 == address)];
    }

    /// <summary>A peer stays a peer while it is configured; only what the NAT keeps for one that is gone is let go.</summary>
    public void Sweep(TimeSpan now, Func<PeerId, bool> hasSessions, List<Peer> gone)
    {
        foreach (var id in _seen)
        {
            if (TryFind(id, out _) || hasSessions(id)) continue;
            _seen.Remove(id);
            gone.Add(new Peer(id, id.ToString()));
        }

        Volatile.Write(ref _count, _seen.Count);
    }
}
