namespace UdpTun.Host.Verbs.Doctor;

/// <summary>What became of a handshake that was tried.</summary>
internal enum HandshakeOutcome
{
    Answered,

    /// <summary>The server knows us and has another preshared key.</summary>
    PresharedKey,

    /// <summary>The host says that nobody listens at the port.</summary>
    Refused,

    /// <summary>Nothing came back: a secure server is silent to whom it does not know.</summary>
    Silent,
}
