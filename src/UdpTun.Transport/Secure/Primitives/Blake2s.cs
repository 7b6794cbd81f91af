using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Digests;

namespace UdpTun.Transport.Secure.Primitives;

/// <summary>BLAKE2s (RFC 7693) as the WireGuard paper uses it: as hash, as keyed hash of 16 bytes, and inside HMAC.</summary>
internal static class Blake2s
{
    public const int HashBytes = 32, MacBytes = 16;
    private const int BlockBytes = 64; // RFC 7693 section 2.1
    private const byte InnerPad = 0x36, OuterPad = 0x5C; // RFC 2104 section 2

    /// <summary>Hash of <paramref name="first"/> followed by <paramref name="second"/>.</summary>
    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash)
    {
        var digest = new Blake2sDigest(HashBytes * 8);
        digest.BlockUpdate(first);
        digest.BlockUpdate(second);
        digest.DoFinal(hash[..HashBytes]);
    }

    /// <summary>Keyed hash of 16 bytes ("MAC" in the paper's section 5.4).</summary>
    public static void Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input, Span<byte> mac)
    {
        var digest = new Blake2sDigest(key.ToArray(), MacBytes, null, null);
        digest.BlockUpdate(input);
        digest.DoFinal(mac[..MacBytes]);
    }

    /// <summary>HMAC (RFC 2104), not the keyed hash: the paper's key derivation asks for it.</summary>
    /// <param name="key">At most 64 bytes.</param>
    /// <param name="first">The input's beginning.</param>
    /// <param name="second">What follows it.</param>
    /// <param name="output">32 bytes; may be one of the others.</param>
    public static void Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        Span<byte> pad = stackalloc byte[BlockBytes];
        Span<byte> inner = stackalloc byte[HashBytes];
        Pad(key, InnerPad, pad);
        var digest = new Blake2sDigest(HashBytes * 8);
        digest.BlockUpdate(pad);
        digest.BlockUpdate(first);
        digest.BlockUpdate(second);
        digest.DoFinal(inner);
        Pad(key, OuterPad, pad);
        Hash(pad, inner, output);
        CryptographicOperations.ZeroMemory(pad);
        CryptographicOperations.ZeroMemory(inner);
    }

    private static void Pad(ReadOnlySpan<byte> key, byte with, Span<byte> pad)
    {
        pad.Clear();
        key.CopyTo(pad);
        for (var i = 0; i < pad.Length; i++) pad[i] ^= with;
    }
}
