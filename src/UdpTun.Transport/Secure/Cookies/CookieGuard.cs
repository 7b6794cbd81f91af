using System.Security.Cryptography;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Cookies;

/// <summary>
/// The responder's side of cookies (WireGuard paper, section 5.3): under load a handshake message is answered with a cookie for
/// its source, and worked on only when it comes again with a mac2 made with it. So whoever floods must own its address.
/// </summary>
/// <param name="own">Keys that follow from our own public key.</param>
/// <param name="fillRandom">Fills a span with bytes that nobody can guess.</param>
internal sealed class CookieGuard(MacKeys own, Action<byte[]> fillRandom)
{
    /// <summary>How long a secret, and with it every cookie made from it, is good (section 6.1).</summary>
    public static readonly TimeSpan SecretLifetime = TimeSpan.FromSeconds(120);

    private readonly byte[] _secret = new byte[Blake2s.HashBytes], _nonce = new byte[MessageLayout.CookieNonceBytes];
    private TimeSpan? _drawn;

    /// <summary>True when <paramref name="message"/> was made with a cookie that we gave to <paramref name="source"/>.</summary>
    /// <param name="message">A handshake message whose mac1 is right.</param>
    /// <param name="source">Address and port it came from, in any fixed form.</param>
    /// <param name="now">Time on a monotonic clock.</param>
    public bool HasMac2(ReadOnlySpan<byte> message, ReadOnlySpan<byte> source, TimeSpan now)
    {
        if (!IsFresh(now)) return false;
        Span<byte> cookie = stackalloc byte[Blake2s.MacBytes];
        Span<byte> mac = stackalloc byte[Blake2s.MacBytes];
        Blake2s.Mac(_secret, source, cookie);
        Blake2s.Mac(cookie, message[..^MessageLayout.MacBytes], mac);
        return CryptographicOperations.FixedTimeEquals(mac, message[^MessageLayout.MacBytes..]);
    }

    /// <summary>Writes the answer of 64 bytes to <paramref name="message"/>, whose sender's index is <paramref name="sender"/>.</summary>
    public void WriteReply(ReadOnlySpan<byte> message, uint sender, ReadOnlySpan<byte> source, TimeSpan now, Span<byte> reply)
    {
        if (!IsFresh(now))
        {
            fillRandom(_secret);
            _drawn = now;
        }
        fillRandom(_nonce);
        Span<byte> cookie = stackalloc byte[Blake2s.MacBytes];
        Blake2s.Mac(_secret, source, cookie);
        CookieReply.Write(own, sender, _nonce, MacKeys.Mac1Of(message), cookie, reply);
    }

    private bool IsFresh(TimeSpan now) => _drawn is { } drawn && now - drawn < SecretLifetime;
}
