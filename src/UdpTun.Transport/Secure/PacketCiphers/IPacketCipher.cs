namespace UdpTun.Transport.Secure.PacketCiphers;

/// <summary>
/// ChaCha20-Poly1305 (RFC 8439) under one key, for one direction: seals or opens, never both. Belongs to one thread at a time.
/// The nonce is four zero bytes and the counter (WireGuard paper, section 5.4.6). <c>Dispose</c> wipes the key.
/// </summary>
internal interface IPacketCipher : IDisposable
{
    /// <summary>Encrypts <paramref name="data"/> in place and writes its tag of 16 bytes.</summary>
    void Seal(ulong counter, Span<byte> data, Span<byte> tag);

    /// <summary>Decrypts in place. False when the tag is wrong; <paramref name="data"/> is then zeros.</summary>
    bool TryOpen(ulong counter, Span<byte> data, ReadOnlySpan<byte> tag);
}
