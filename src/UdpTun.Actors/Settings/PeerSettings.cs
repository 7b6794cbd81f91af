using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.Settings;

/// <summary>One peer of the secure transport, all keys read. Two are the same peer when their public keys are equal.</summary>
/// <param name="Name">What logs and status call it.</param>
/// <param name="PublicKey">Who it is.</param>
/// <param name="PresharedKey">Shared with it alone, or null.</param>
/// <param name="AllowedIps">The inner addresses that are its own: only from them may it send, and what goes to them goes to it.</param>
/// <param name="Endpoints">Where it may be found, tried in order; empty where the peer is the one who calls.</param>
/// <param name="PersistentKeepalive">The longest silence towards it, 1s..65535s, or null: as silent as it gets.</param>
public sealed record PeerSettings(
    string Name,
    PublicKey PublicKey,
    SecretKey? PresharedKey,
    IReadOnlyList<InetPrefix> AllowedIps,
    IReadOnlyList<ServerEndpoint> Endpoints,
    TimeSpan? PersistentKeepalive)
{
    /// <summary>What a client, whose server is its only peer, sends to it: everything.</summary>
    public static IReadOnlyList<InetPrefix> Everything { get; } = [InetPrefix.Parse("0.0.0.0/0"), InetPrefix.Parse("::/0")];
}
