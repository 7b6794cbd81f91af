using System.Security.Cryptography;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Noise;

/// <summary>
/// Noise's SymmetricState (Noise revision 34, section 5.2). In IKpsk2 every key encrypts exactly one message part, so the nonce
/// is always zero and there is no counter to keep.
/// </summary>
internal sealed class SymmetricState : IDisposable
{
    private readonly byte[] _chainingKey = new byte[Blake2s.HashBytes];
    private readonly byte[] _hash = new byte[Blake2s.HashBytes];
    private readonly byte[] _key = new byte[Blake2s.HashBytes];

    /// <param name="protocolName">Longer than 32 bytes, so it is hashed (section 5.2, InitializeSymmetric).</param>
    public SymmetricState(ReadOnlySpan<byte> protocolName)
    {
        Blake2s.Hash(protocolName, [], _hash);
        _hash.CopyTo(_chainingKey, 0);
    }

    private SymmetricState(SymmetricState other)
    {
        other._hash.CopyTo(_hash, 0);
        other._chainingKey.CopyTo(_chainingKey, 0);
        other._key.CopyTo(_key, 0);
    }

    public ReadOnlySpan<byte> HandshakeHash => _hash;

    public SymmetricState Copy() => new(this);

    public void MixHash(ReadOnlySpan<byte> data) => Blake2s.Hash(_hash, data, _hash);

    public void MixKey(ReadOnlySpan<byte> input) => KeyDerivation.Derive(_chainingKey, input, _chainingKey, _key, []);

    /// <summary>Of a public key that travels in the open: with a preshared key in the pattern it goes into both (section 9.2).</summary>
    public void MixEphemeral(ReadOnlySpan<byte> publicKey)
    {
        MixHash(publicKey);
        MixKey(publicKey);
    }

    /// <summary>Of a preshared key, and of anything else that both ends must have in common to go on.</summary>
    public void MixKeyAndHash(ReadOnlySpan<byte> input)
    {
        Span<byte> forHash = stackalloc byte[Blake2s.HashBytes];
        KeyDerivation.Derive(_chainingKey, input, _chainingKey, forHash, _key);
        MixHash(forHash);
        CryptographicOperations.ZeroMemory(forHash);
    }

    /// <summary>Writes <paramref name="plain"/> encrypted, and 16 bytes more.</summary>
    public void EncryptAndHash(ReadOnlySpan<byte> plain, Span<byte> sealedPart)
    {
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceBytes];
        nonce.Clear();
        using (var cipher = new ChaCha20Poly1305(_key))
            cipher.Encrypt(nonce, plain, sealedPart[..plain.Length], sealedPart[plain.Length..], _hash);
        MixHash(sealedPart);
    }

    /// <summary>False, and nothing usable in <paramref name="plain"/>, when the other end does not hold the keys.</summary>
    public bool TryDecryptAndHash(ReadOnlySpan<byte> sealedPart, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceBytes];
        nonce.Clear();
        try
        {
            using var cipher = new ChaCha20Poly1305(_key);
            cipher.Decrypt(nonce, sealedPart[..^PacketCipher.TagBytes], sealedPart[^PacketCipher.TagBytes..], plain, _hash);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        MixHash(sealedPart);
        return true;
    }

    /// <summary>The keys of the two directions: first the initiator's, then the responder's.</summary>
    public void Split(Span<byte> fromInitiator, Span<byte> fromResponder) =>
        KeyDerivation.Derive(_chainingKey, [], fromInitiator, fromResponder, []);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_chainingKey);
        CryptographicOperations.ZeroMemory(_hash);
        CryptographicOperations.ZeroMemory(_key);
    }
}
