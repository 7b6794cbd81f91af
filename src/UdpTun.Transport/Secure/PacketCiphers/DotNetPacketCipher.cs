using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UdpTun.Transport.Secure.PacketCiphers;

/// <summary>.NET's class: the way where libcrypto is missing, and what the tests compare the others with.</summary>
internal sealed class DotNetPacketCipher(ReadOnlySpan<byte> key) : IPacketCipher
{
    private readonly ChaCha20Poly1305 _cipher = new(key);

    public void Seal(ulong counter, ReadOnlySpan<byte> plain, Span<byte> sealedData, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceBytes];
        nonce.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[PacketCipher.CounterOffset..], counter);
        _cipher.Encrypt(nonce, plain, sealedData, tag);
    }

    public bool TryOpen(ulong counter, Span<byte> data, ReadOnlySpan<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceBytes];
        nonce.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[PacketCipher.CounterOffset..], counter);
        try
        {
            _cipher.Decrypt(nonce, data, tag, data);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            // .NET has no other way to say it; OpenSSL called directly has, one more reason to prefer it.
            CryptographicOperations.ZeroMemory(data);
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();
}
