using System.Security.Cryptography;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Messages;

/// <summary>
/// What follows from a receiver's public key for mac1 and for cookie replies (WireGuard paper, section 5.4.4). mac1 costs 0.7 us
/// and proves only that the sender knows that key; it keeps junk away from the handshake, where a message costs a hundred times that.
/// </summary>
internal sealed class MacKeys
{
    private readonly byte[] _mac1Key = new byte[Blake2s.HashBytes], _cookieKey = new byte[Blake2s.HashBytes];

    public MacKeys(ReadOnlySpan<byte> receiver)
    {
        Blake2s.Hash("mac1----"u8, receiver, _mac1Key);
        Blake2s.Hash("cookie--"u8, receiver, _cookieKey);
    }

    /// <summary>Encrypts the cookie replies that the receiver sends.</summary>
    public ReadOnlySpan<byte> CookieKey => _cookieKey;

    public static ReadOnlySpan<byte> Mac1Of(ReadOnlySpan<byte> message) => message[^MessageLayout.MacsBytes..^MessageLayout.MacBytes];

    public void WriteMac1(Span<byte> message) =>
        Blake2s.Mac(_mac1Key, message[..^MessageLayout.MacsBytes], message[^MessageLayout.MacsBytes..]);

    public bool HasMac1(ReadOnlySpan<byte> message)
    {
        Span<byte> mac = stackalloc byte[MessageLayout.MacBytes];
        Blake2s.Mac(_mac1Key, message[..^MessageLayout.MacsBytes], mac);
        return CryptographicOperations.FixedTimeEquals(mac, Mac1Of(message));
    }
}
