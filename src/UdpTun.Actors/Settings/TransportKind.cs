namespace UdpTun.Actors.Settings;

/// <summary>What a datagram between client and server is.</summary>
public enum TransportKind
{
    /// <summary>One raw IP packet, nothing in front of it: the article's format, neither encrypted nor authenticated.</summary>
    Plain,

    /// <summary>The WireGuard-compatible protocol: only peers whose keys are known get in.</summary>
    Secure,
}
