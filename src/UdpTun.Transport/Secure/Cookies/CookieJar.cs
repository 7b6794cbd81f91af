using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Cookies;

/// <summary>
/// The initiator's side of cookies: keeps what one peer gave us and signs what we send to it with that. A cookie reply counts
/// only when it names the mac1 of our last message, so nobody who has not seen that message can plant one.
/// </summary>
/// <param name="peer">Keys that follow from the peer's public key.</param>
internal sealed class CookieJar(MacKeys peer)
{
    private readonly byte[] _cookie = new byte[Blake2s.MacBytes], _lastMac1 = new byte[Blake2s.MacBytes];
    private TimeSpan? _received;
    private bool _awaits;

    /// <summary>Writes both macs at the end of a handshake message that is complete up to there. Without a cookie mac2 is zero.</summary>
    public void Sign(Span<byte> message, TimeSpan now)
    {
        peer.WriteMac1(message);
        MacKeys.Mac1Of(message).CopyTo(_lastMac1);
        _awaits = true;
        var mac2 = message[^MessageLayout.MacBytes..];
        mac2.Clear();
        if (_received is { } received && now - received < CookieGuard.SecretLifetime)
            Blake2s.Mac(_cookie, message[..^MessageLayout.MacBytes], mac2);
    }

    /// <summary>True when <paramref name="reply"/> is the peer's answer to our last message; its cookie is then kept.</summary>
    public bool TryTake(ReadOnlySpan<byte> reply, TimeSpan now)
    {
        Span<byte> cookie = stackalloc byte[Blake2s.MacBytes];
        if (!_awaits || !CookieReply.TryRead(reply, peer, _lastMac1, cookie)) return false;
        cookie.CopyTo(_cookie);
        _received = now;
        _awaits = false;
        return true;
    }
}
