using UdpTun.Actors.Settings;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Verbs.Peers.Answers;

/// <summary>One peer for programs: all that its file says but its secret.</summary>
/// <param name="Name">What the server calls it.</param>
/// <param name="PublicKey">Base64.</param>
/// <param name="HasPresharedKey">Whether there is one.</param>
/// <param name="Inner">Its inner ranges.</param>
/// <param name="Endpoints">Where it may be found.</param>
/// <param name="KeepaliveSeconds">The longest silence towards it; null: off.</param>
/// <param name="MaxNewFlows">Flows a second; null: no limit, as with those below.</param>
/// <param name="MaxSessions">At the same time.</param>
/// <param name="MaxRate">Bytes a second in each direction.</param>
/// <param name="Quota">Bytes in both directions together.</param>
/// <param name="UsedQuota">Of them, a minute ago at the latest; null where there is no quota.</param>
/// <param name="AllowedDestinations">Ranges opened to it.</param>
/// <param name="DeniedDestinations">Ranges closed to it.</param>
/// <param name="File">Its file.</param>
internal sealed record PeerEntry(
    string Name, string PublicKey, bool HasPresharedKey, IReadOnlyList<string> Inner, IReadOnlyList<string> Endpoints, double? KeepaliveSeconds,
    int? MaxNewFlows, int? MaxSessions, long? MaxRate, long? Quota, long? UsedQuota,
    IReadOnlyList<string> AllowedDestinations, IReadOnlyList<string> DeniedDestinations, string File)
{
    internal static PeerEntry Of(PeerSettings peer, string file, IReadOnlyDictionary<PublicKey, long> used) => new(
        peer.Name, $"{peer.PublicKey}", peer.PresharedKey is not null, Words(peer.AllowedIps), Words(peer.Endpoints), peer.PersistentKeepalive?.TotalSeconds,
        peer.Limits.NewFlowsPerSecond, peer.Limits.MaxSessions, peer.Limits.BytesPerSecond, peer.Limits.Quota, peer.Limits.Quota is null ? null : used.GetValueOrDefault(peer.PublicKey),
        Words(peer.Limits.AllowedDestinations), Words(peer.Limits.DeniedDestinations), file);

    private static IReadOnlyList<string> Words<T>(IEnumerable<T> things) => [.. things.Select(thing => $"{thing}")];
}
