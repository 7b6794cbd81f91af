using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Uapi;

/// <summary>What a <c>set</c> changes at one peer, which it makes where there is none; null leaves a value as it is.</summary>
public sealed record PeerChange(PublicKey PublicKey)
{
    /// <summary>The peer goes, and nothing else here counts.</summary>
    public bool Removes { get; init; }

    /// <summary>A peer that there is not is not made.</summary>
    public bool UpdatesOnly { get; init; }

    /// <summary>A key of zeros takes the key away.</summary>
    public SecretKey? PresharedKey { get; init; }

    public InetEndpoint? Endpoint { get; init; }

    /// <summary>In seconds; 0: off.</summary>
    public ushort? PersistentKeepalive { get; init; }

    /// <summary>Whether the peer's allowed IPs go before <see cref="AllowedIps"/> come.</summary>
    public bool ReplacesAllowedIps { get; init; }

    /// <summary>To be done one after another.</summary>
    public IReadOnlyList<AllowedIpChange> AllowedIps { get; init; } = [];
}
