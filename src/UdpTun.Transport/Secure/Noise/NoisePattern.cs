using System.Security.Cryptography;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Noise;

/// <summary>What both ends of Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s share: where the parts of its messages lie, and the start.</summary>
internal static class NoisePattern
{
    public const int StaticOffset = X25519Key.Bytes, StaticBytes = X25519Key.Bytes + PacketCipher.TagBytes;
    public const int FirstPayloadOffset = StaticOffset + StaticBytes;
    public const int SecondPayloadOffset = X25519Key.Bytes;

    public static ReadOnlySpan<byte> ProtocolName => "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"u8;

    /// <summary>IK's pre-message: the initiator knows the responder's static key beforehand.</summary>
    public static SymmetricState Start(ReadOnlySpan<byte> prologue, ReadOnlySpan<byte> responder)
    {
        var state = new SymmetricState(ProtocolName);
        state.MixHash(prologue);
        state.MixHash(responder);
        return state;
    }

    public static bool TryMixAgreement(SymmetricState state, X25519Key ours, ReadOnlySpan<byte> theirs)
    {
        Span<byte> secret = stackalloc byte[X25519Key.Bytes];
        if (!ours.TryAgree(theirs, secret)) return false;
        state.MixKey(secret);
        CryptographicOperations.ZeroMemory(secret);
        return true;
    }
}
