using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Uapi;

/// <summary>How an interface stands: the answer to a <c>get</c>.</summary>
public sealed record InterfaceReport
{
    public SecretKey? PrivateKey { get; init; }

    /// <summary>The socket's port; 0 while there is none.</summary>
    public ushort ListenPort { get; init; }

    public uint Mark { get; init; }

    public IReadOnlyList<PeerReport> Peers { get; init; } = [];
}
