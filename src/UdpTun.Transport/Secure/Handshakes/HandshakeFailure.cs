namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>Why there is no session with a peer, as far as this end can tell: a wrong key is answered with silence.</summary>
public enum HandshakeFailure
{
    None,

    /// <summary>It is not known where the peer is, and it has not called.</summary>
    NoEndpoint,

    /// <summary>No answer: the peer is off or nobody listens there, the path drops datagrams, or the peer does not know our key or has another than we think.</summary>
    NoAnswer,

    /// <summary>No answer, since nobody listens there: the peer's host says so.</summary>
    PortClosed,

    /// <summary>No answer, since no route leads there, or a router on the way says that it has none.</summary>
    NoRoute,

    /// <summary>The peer has our key and we have its, but it answers with another preshared key or none.</summary>
    PresharedKey,

    /// <summary>The peer's initiation is not later than its last one: its clock was set back, or somebody repeats what he has recorded.</summary>
    Clock,

    /// <summary>The peer's or our key is one of the few that make every secret the same.</summary>
    WeakKey,
}
