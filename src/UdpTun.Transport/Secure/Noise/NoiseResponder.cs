using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Noise;

/// <summary>
/// The responder of Noise IKpsk2. The first message is read in two steps, because who calls is known only after the first, and
/// the agreement of both static keys is kept with each known peer.
/// </summary>
internal sealed class NoiseResponder(X25519Key own, ReadOnlySpan<byte> prologue) : IDisposable
{
    private readonly SymmetricState _state = NoisePattern.Start(prologue, own.PublicKey);
    private readonly byte[] _initiator = new byte[X25519Key.Bytes], _theirEphemeral = new byte[X25519Key.Bytes];

    public ReadOnlySpan<byte> HandshakeHash => _state.HandshakeHash;

    /// <summary>The initiator's static public key, once <see cref="TryReadInitiator"/> has been true.</summary>
    public ReadOnlySpan<byte> Initiator => _initiator;

    /// <summary>False when whoever wrote the message does not know our public key.</summary>
    public bool TryReadInitiator(ReadOnlySpan<byte> message)
    {
        message[..X25519Key.Bytes].CopyTo(_theirEphemeral);
        _state.MixEphemeral(_theirEphemeral);
        return NoisePattern.TryMixAgreement(_state, own, _theirEphemeral)
            && _state.TryDecryptAndHash(message.Slice(NoisePattern.StaticOffset, NoisePattern.StaticBytes), _initiator);
    }

    /// <summary>False when the initiator does not hold the private key of what it named.</summary>
    public bool TryReadPayload(ReadOnlySpan<byte> message, ReadOnlySpan<byte> staticStatic, Span<byte> payload)
    {
        _state.MixKey(staticStatic);
        return _state.TryDecryptAndHash(message[NoisePattern.FirstPayloadOffset..], payload);
    }

    /// <summary>Writes 32 + payload + 16 bytes.</summary>
    /// <param name="ephemeral">This handshake's key.</param>
    /// <param name="presharedKey">32 bytes.</param>
    /// <param name="label">What says yes to something that the initiator's payload asked for; empty: no.</param>
    /// <param name="payload">Travels encrypted.</param>
    /// <param name="message">Where the parts go, one behind the other.</param>
    public bool TryWriteSecond(
        X25519Key ephemeral, ReadOnlySpan<byte> presharedKey, ReadOnlySpan<byte> label, ReadOnlySpan<byte> payload, Span<byte> message)
    {
        ephemeral.PublicKey.CopyTo(message);
        _state.MixEphemeral(ephemeral.PublicKey);
        if (!NoisePattern.TryMixAgreement(_state, ephemeral, _theirEphemeral)) return false;
        if (!NoisePattern.TryMixAgreement(_state, ephemeral, _initiator)) return false;
        _state.MixKeyAndHash(presharedKey);
        if (!label.IsEmpty) _state.MixKeyAndHash(label);
        _state.EncryptAndHash(payload, message[NoisePattern.SecondPayloadOffset..]);
        return true;
    }

    public void Split(Span<byte> sending, Span<byte> receiving) => _state.Split(receiving, sending);

    public void Dispose() => _state.Dispose();
}
