using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Uapi;

/// <summary>How one peer stands.</summary>
public sealed record PeerReport(PublicKey PublicKey)
{
    public SecretKey? PresharedKey { get; init; }

    /// <summary>Where it was heard from last, or is said to be; null: nobody knows.</summary>
    public InetEndpoint? Endpoint { get; init; }

    /// <summary>In seconds; 0: off.</summary>
    public ushort PersistentKeepalive { get; init; }

    public IReadOnlyList<InetPrefix> AllowedIps { get; init; } = [];

    /// <summary>By the wall clock; null: never.</summary>
    public DateTimeOffset? LastHandshake { get; init; }

    public long ReceivedBytes { get; init; }

    public long SentBytes { get; init; }
}
