using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Uapi;

/// <summary>What a <c>set</c> changes; null leaves a value as it is.</summary>
public sealed record InterfaceChange
{
    /// <summary>A key of zeros takes the key away.</summary>
    public SecretKey? PrivateKey { get; init; }

    /// <summary>0: any free port.</summary>
    public ushort? ListenPort { get; init; }

    /// <summary>The mark of our own datagrams; 0: none.</summary>
    public uint? Mark { get; init; }

    /// <summary>Whether all peers go before <see cref="Peers"/> come.</summary>
    public bool ReplacesPeers { get; init; }

    /// <summary>To be done one after another; the same peer may come several times.</summary>
    public IReadOnlyList<PeerChange> Peers { get; init; } = [];
}
