using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace UdpTun.Transport.Secure.Keys;

/// <summary>Who somebody is: an X25519 public key. Written as base64 of its 32 bytes, as every WireGuard tool does.</summary>
public sealed class PublicKey : IEquatable<PublicKey>
{
    public const int Bytes = 32;
    private readonly byte[] _bytes;

    /// <param name="bytes">32 bytes; copied.</param>
    public PublicKey(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Bytes);
        _bytes = bytes.ToArray();
    }

    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>Reads 44 characters of base64; anything else is refused.</summary>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        key = KeyText.TryRead(text, bytes) ? new PublicKey(bytes) : null;
        return key is not null;
    }

    public bool Equals(PublicKey? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    // Any bytes of a key are as random as a hash.
    public override int GetHashCode() => MemoryMarshal.Read<int>(_bytes);

    public override string ToString() => Convert.ToBase64String(_bytes);
}
