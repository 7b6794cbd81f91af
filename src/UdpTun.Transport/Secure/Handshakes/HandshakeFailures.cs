namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>What to say of a failure, and what to do about it.</summary>
public static class HandshakeFailures
{
    /// <summary>Whether nothing has come back, whatever may be the reason.</summary>
    public static bool IsSilence(this HandshakeFailure failure) =>
        failure is HandshakeFailure.NoAnswer or HandshakeFailure.PortClosed or HandshakeFailure.NoRoute;

    /// <summary>A sentence for logs and status; empty for none.</summary>
    public static string Explain(this HandshakeFailure failure) => failure switch
    {
        HandshakeFailure.None => "",
        HandshakeFailure.NoEndpoint => "it is not known where the peer is, and it has not called yet",
        HandshakeFailure.NoAnswer => "no answer: the peer is off, a firewall drops the datagrams, one of the two has another's public key, or our clock was set back "
            + "(the peer's log says which, where it is ours)",
        HandshakeFailure.PortClosed => "the port is closed: the host is there and nothing listens at it; is the server running, and is the port right?",
        HandshakeFailure.NoRoute => "no way leads there: this host or a router has no route to it",
        HandshakeFailure.PresharedKey => "the peer answers, but with another preshared key or none",
        HandshakeFailure.Clock => "its clock was set back since its last call, or somebody repeats a recorded one",
        HandshakeFailure.WeakKey => "its public key is one of those that make every secret the same",
        _ => failure.ToString(),
    };
}
