using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>The way from the packet half to the control half. Called on the loop; must not block.</summary>
public interface IHandshakeInbox
{
    /// <summary>A handshake message whose first mac is right where it has one. Copied by the receiver; false when it has no room.</summary>
    /// <param name="message">The datagram.</param>
    /// <param name="from">Where it came from.</param>
    /// <param name="shard">The shard whose socket it came to.</param>
    bool TryAdd(ReadOnlySpan<byte> message, InetEndpoint from, int shard);

    /// <summary>Packets wait for a session with the peer. Said at most once a second and peer.</summary>
    void Want(PeerSession session);

    /// <summary>The peer has used keys that it asked for, so that they are good for both from now on.</summary>
    void Confirmed(PeerSession session);

    /// <summary>There is a socket, new or again: from now on what this shard sends has a way.</summary>
    void Opened(int shard);
}
