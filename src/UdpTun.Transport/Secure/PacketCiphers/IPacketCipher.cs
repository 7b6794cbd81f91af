namespace UdpTun.Transport.Secure.PacketCiphers;

/// <summary>
/// A suite under one key, for one direction: seals or opens, never both. Belongs to one thread at a time. The nonce is made of the counter
/// (<see cref="PacketCipher.WriteNonce"/>). <c>Dispose</c> wipes the key.
/// </summary>
internal interface IPacketCipher : IDisposable
{
    /// <summary>Encrypts, and writes the tag of 16 bytes of what it made.</summary>
    /// <param name="counter">Never the same twice under one key.</param>
    /// <param name="plain">What is to be encrypted; stays as it is.</param>
    /// <param name="sealedData">As long; the same place or one that does not overlap.</param>
    /// <param name="tag">16 bytes.</param>
    void Seal(ulong counter, ReadOnlySpan<byte> plain, Span<byte> sealedData, Span<byte> tag);

    /// <summary>Decrypts in place. False when the tag is wrong; <paramref name="data"/> is then zeros.</summary>
    bool TryOpen(ulong counter, Span<byte> data, ReadOnlySpan<byte> tag);
}
