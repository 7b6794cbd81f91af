using System.Security.Cryptography;

namespace UdpTun.Transport.Secure.Primitives;

/// <summary>KDF1, KDF2 and KDF3 of the WireGuard paper (section 5.4): HKDF (RFC 5869) over HMAC-BLAKE2s with an empty info.</summary>
internal static class KeyDerivation
{
    /// <summary>
    /// Derives up to three keys of 32 bytes; an empty span ends the row. <paramref name="first"/> may be the chaining key itself.
    /// </summary>
    public static void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> input, Span<byte> first, Span<byte> second,
        Span<byte> third)
    {
        Span<byte> pseudoRandomKey = stackalloc byte[Blake2s.HashBytes];
        Blake2s.Hmac(chainingKey, input, [], pseudoRandomKey);
        Blake2s.Hmac(pseudoRandomKey, [1], [], first);
        if (!second.IsEmpty) Blake2s.Hmac(pseudoRandomKey, first, [2], second);
        if (!third.IsEmpty) Blake2s.Hmac(pseudoRandomKey, second, [3], third);
        CryptographicOperations.ZeroMemory(pseudoRandomKey);
    }
}
