using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Peers;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Secure.Commands;

/// <summary>
/// What the control half, which makes handshakes off the loop, asks of the packet half: <see cref="SecureTransport.Do"/> carries it out on
/// the loop. Each moves what it holds.
/// </summary>
public abstract record SecureCommand
{
    private SecureCommand()
    {
    }

    /// <summary>These are the peers from now on. Keys of those that are gone are wiped.</summary>
    public sealed record UsePeers(PeerTable Peers) : SecureCommand;

    /// <summary>We are somebody else from now on: handshake messages are for this key.</summary>
    public sealed record UseName(PublicKey Own) : SecureCommand;

    /// <summary>A handshake has succeeded.</summary>
    /// <param name="Session">With whom.</param>
    /// <param name="Pair">Its keys; the initiator's are used at once, the responder's when the initiator has used them.</param>
    /// <param name="From">Where the peer's message came from.</param>
    public sealed record UseKeys(PeerSession Session, KeyPair Pair, InetEndpoint From) : SecureCommand;

    /// <summary>Sends a handshake message.</summary>
    /// <param name="Session">To whom.</param>
    /// <param name="Message">The datagram.</param>
    /// <param name="To">Where to; null: where the peer is known to be.</param>
    public sealed record SendHandshake(PeerSession Session, byte[] Message, InetEndpoint? To) : SecureCommand
    {
        /// <summary>
        /// The shard whose socket sends it, since the message that it answers came to that one: no other knows which address of ours was
        /// called. Null: the peer's own.
        /// </summary>
        public int? Shard { get; init; }
    }

    /// <summary>Answers a message where it came from; of somebody who is not known to be a peer: a cookie.</summary>
    public sealed record Answer(byte[] Message, InetEndpoint To) : SecureCommand;

    /// <summary>Sends a datagram without a packet.</summary>
    public sealed record SendKeepalive(PeerSession Session) : SecureCommand;

    /// <summary>Nobody has used the keys for long, or is to use them any more.</summary>
    public sealed record WipeKeys(PeerSession Session) : SecureCommand;

    /// <summary>No session comes about: what waits for it is dropped.</summary>
    public sealed record DropStaged(PeerSession Session) : SecureCommand;

    /// <summary>The peer is to be looked for elsewhere, and what is on its way from where it was does not call us back there.</summary>
    public sealed record MoveTo(PeerSession Session, InetEndpoint Endpoint) : SecureCommand;
}
