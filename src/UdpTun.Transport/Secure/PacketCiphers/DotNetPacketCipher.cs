using System.Security.Cryptography;

namespace UdpTun.Transport.Secure.PacketCiphers;

/// <summary>.NET's classes: the way where libcrypto is missing, and what the tests compare the others with.</summary>
internal sealed class DotNetPacketCipher : IPacketCipher
{
    private readonly CipherSuite _suite;
    private readonly AesGcm? _aes;
    private readonly ChaCha20Poly1305? _chaCha;

    public DotNetPacketCipher(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        _suite = suite;
        if (suite == CipherSuite.Aes256Gcm) _aes = new AesGcm(key, PacketCipher.TagBytes);
        else _chaCha = new ChaCha20Poly1305(key);
    }

    public void Seal(ulong counter, ReadOnlySpan<byte> plain, Span<byte> sealedData, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceBytes];
        PacketCipher.WriteNonce(_suite, counter, nonce);
        _aes?.Encrypt(nonce, plain, sealedData, tag);
        _chaCha?.Encrypt(nonce, plain, sealedData, tag);
    }

    public bool TryOpen(ulong counter, Span<byte> data, ReadOnlySpan<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceBytes];
        PacketCipher.WriteNonce(_suite, counter, nonce);
        try
        {
            _aes?.Decrypt(nonce, data, tag, data);
            _chaCha?.Decrypt(nonce, data, tag, data);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            // .NET has no other way to say it; OpenSSL called directly has, one more reason to prefer it.
            CryptographicOperations.ZeroMemory(data);
            return false;
        }
    }

    public void Dispose()
    {
        _aes?.Dispose();
        _chaCha?.Dispose();
    }
}
