using NSec.Cryptography;

namespace UdpTun.Transport.Secure.Primitives;

/// <summary>
/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), whose nonce is long enough to be drawn at random. Only cookies need it.
/// </summary>
internal static class XChaCha20Poly1305
{
    public static void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain,
        Span<byte> output)
    {
        using var imported = Key.Import(AeadAlgorithm.XChaCha20Poly1305, key, KeyBlobFormat.RawSymmetricKey);
        AeadAlgorithm.XChaCha20Poly1305.Encrypt(imported, nonce, associated, plain, output);
    }

    public static bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> input,
        Span<byte> plain)
    {
        using var imported = Key.Import(AeadAlgorithm.XChaCha20Poly1305, key, KeyBlobFormat.RawSymmetricKey);
        return AeadAlgorithm.XChaCha20Poly1305.Decrypt(imported, nonce, associated, input, plain);
    }
}
