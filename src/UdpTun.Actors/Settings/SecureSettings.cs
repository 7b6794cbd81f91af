using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.Settings;

/// <summary>All that the secure transport has to know: who we are and whom we talk to.</summary>
/// <param name="PrivateKey">Ours.</param>
/// <param name="Peers">Each public key once; no inner range twice.</param>
public sealed record SecureSettings(SecretKey PrivateKey, IReadOnlyList<PeerSettings> Peers)
{
    /// <summary>How long keys are good; other than the standard's for tests alone.</summary>
    public ProtocolTimes Times { get; init; } = ProtocolTimes.Standard;

    /// <summary>Whether a session may have AES-256-GCM, where both ends have it; else it has what every WireGuard has.</summary>
    public bool AllowsAes { get; init; } = true;
}
