using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.Primitives;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>
/// This end: its static key, and the clock that stamps its initiations. One for all peers, since a private key held by libsodium is dear.
/// Any thread.
/// </summary>
public sealed class LocalIdentity : IDisposable
{
    private readonly TimeProvider _clock;

    /// <param name="privateKey">Copied.</param>
    /// <param name="clock">Tells the time of day; only its order matters.</param>
    public LocalIdentity(SecretKey privateKey, TimeProvider clock)
    {
        _clock = clock;
        Static = X25519Key.Import(privateKey.Span);
        Key = new PublicKey(Static.PublicKey);
        Macs = new MacKeys(Static.PublicKey);
    }

    public PublicKey Key { get; }

    internal X25519Key Static { get; }

    internal MacKeys Macs { get; }

    /// <summary>
    /// The time of day, and never earlier than a moment after the last one for that peer: it refuses a stamp that is not later than the one before, so
    /// a clock that is set back would cut us off until it has caught up. One for all peers would run ahead of the clock where many are called.
    /// </summary>
    internal DateTimeOffset NextStamp(PeerSession peer)
    {
        var least = peer.LastStamp + Tai64N.Granularity;
        var now = _clock.GetUtcNow();
        return peer.LastStamp = now > least ? now : least;
    }

    public void Dispose() => Static.Dispose();
}
