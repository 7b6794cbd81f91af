namespace UdpTun.Transport.Secure.PacketCiphers;

/// <summary>What encrypts the packets of a session. The handshake itself always takes the first.</summary>
public enum CipherSuite
{
    /// <summary>WireGuard's (RFC 8439).</summary>
    ChaCha20Poly1305,

    /// <summary>What two UdpTun ends may agree on (NIST SP 800-38D, ADR 0030).</summary>
    Aes256Gcm,
}
