using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Peers;

/// <summary>A server's clients: whom it lets in and finds again. On the loop alone, but for <see cref="Count"/>.</summary>
public interface IPeerRegistry
{
    /// <summary>Clients that are being served. Any thread.</summary>
    int Count { get; }

    /// <summary>In no order. Not to be kept over an <see cref="Admit"/> or a <see cref="Sweep"/>.</summary>
    IEnumerable<Peer> Peers { get; }

    /// <summary>The peer that a datagram came from.</summary>
    /// <param name="id">Who the transport says that it is; default where that proves nothing.</param>
    /// <param name="remote">The datagram's source; default where the identity does not depend on it.</param>
    /// <param name="now">The time on the line's clock; becomes the peer's <see cref="Peer.LastSeen"/>.</param>
    /// <param name="peer">The peer, after <see cref="DropReason.None"/>.</param>
    /// <returns>None, ForbiddenPeer or TooManyPeers.</returns>
    DropReason Admit(PeerId id, InetEndpoint remote, TimeSpan now, out Peer peer);

    /// <summary>The peer that something is of which the last run has saved.</summary>
    /// <param name="identity">See <see cref="Peer.Identity"/>.</param>
    /// <param name="now">The time on the line's clock; becomes the peer's <see cref="Peer.LastSeen"/>.</param>
    /// <param name="peer">The peer, after <see cref="DropReason.None"/>.</param>
    /// <returns>None, ForbiddenPeer or TooManyPeers.</returns>
    DropReason AdmitSaved(string identity, TimeSpan now, out Peer peer);

    bool TryFind(PeerId id, [MaybeNullWhen(false)] out Peer peer);

    /// <summary>
    /// The peers that an operator may mean: by name, by address and port outside the tunnel, by that address alone, or by the address inside
    /// that they last sent from. Looks at all of them.
    /// </summary>
    IReadOnlyList<Peer> Find(string name);

    /// <summary>Forgets the peers that are idle and have nothing open.</summary>
    /// <param name="now">The time on the line's clock.</param>
    /// <param name="hasSessions">Whether somebody still sends to the peer.</param>
    /// <param name="gone">The forgotten peers are added to it.</param>
    void Sweep(TimeSpan now, Func<PeerId, bool> hasSessions, List<Peer> gone);
}
