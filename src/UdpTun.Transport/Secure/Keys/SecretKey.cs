using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Keys;

/// <summary>
/// 32 bytes that nobody else may know: a private key or a preshared key. Its text form never appears by accident: <c>ToString</c> hides it,
/// and only <see cref="Reveal"/> shows it. Wiped when disposed; lies at one place in memory until then.
/// </summary>
public sealed class SecretKey : IDisposable
{
    public const int Bytes = 32;
    private readonly byte[] _bytes = GC.AllocateArray<byte>(Bytes, pinned: true); // pinned: the collector leaves no copies behind

    /// <param name="bytes">32 bytes; copied.</param>
    public SecretKey(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Bytes);
        bytes.CopyTo(_bytes);
    }

    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>A new private key: random, with the bits set that X25519 would set (RFC 7748 section 5), as <c>wg genkey</c> writes it.</summary>
    public static SecretKey GeneratePrivate()
    {
        var key = GeneratePreshared();
        key._bytes[0] &= 248;
        key._bytes[31] = (byte)((key._bytes[31] & 127) | 64);
        return key;
    }

    /// <summary>A new preshared key: random.</summary>
    public static SecretKey GeneratePreshared()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(bytes);
        var key = new SecretKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    /// <summary>Reads 44 characters of base64; anything else is refused.</summary>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out SecretKey key)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        key = KeyText.TryRead(text, bytes) ? new SecretKey(bytes) : null;
        CryptographicOperations.ZeroMemory(bytes);
        return key is not null;
    }

    /// <summary>The public key that belongs to this private key.</summary>
    public PublicKey ToPublic()
    {
        using var key = X25519Key.Import(_bytes);
        return new PublicKey(key.PublicKey);
    }

    /// <summary>Whether both are the same key, or none.</summary>
    public static bool AreSame(SecretKey? one, SecretKey? other) =>
        one is null || other is null ? one is null && other is null : CryptographicOperations.FixedTimeEquals(one.Span, other.Span);

    /// <summary>The key as text, for a file that only its owner reads.</summary>
    public string Reveal() => Convert.ToBase64String(_bytes);

    public override string ToString() => "(hidden)";

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
