using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Conf;

/// <summary>One section <c>[Peer]</c>.</summary>
public sealed record ConfPeer
{
    public required PublicKey PublicKey { get; init; }

    public SecretKey? PresharedKey { get; init; }

    /// <summary>What is sent to the peer, and the only sources taken from it.</summary>
    public IReadOnlyList<InetPrefix> AllowedIps { get; init; } = [];

    public ConfEndpoint? Endpoint { get; init; }

    /// <summary>In seconds; 0: off.</summary>
    public ushort PersistentKeepalive { get; init; }
}
