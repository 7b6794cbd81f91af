using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Noise;

/// <summary>
/// The initiator of Noise IKpsk2: <c>-> e, es, s, ss</c> and <c>&lt;- e, ee, se, psk</c>. Makes one handshake and is then disposed.
/// </summary>
/// <param name="own">Our static key; stays its owner's.</param>
/// <param name="ephemeral">This handshake's key; disposed with this object.</param>
/// <param name="responder">The other end's static public key.</param>
/// <param name="prologue">What both ends must agree on beside the keys.</param>
internal sealed class NoiseInitiator(X25519Key own, X25519Key ephemeral, byte[] responder, ReadOnlySpan<byte> prologue) : IDisposable
{
    private SymmetricState _state = NoisePattern.Start(prologue, responder);

    public ReadOnlySpan<byte> HandshakeHash => _state.HandshakeHash;

    /// <summary>Writes 32 + 48 + payload + 16 bytes. False when the responder's key is of low order.</summary>
    /// <param name="staticStatic">The agreement of both static keys, computed once a peer.</param>
    /// <param name="payload">Travels encrypted; WireGuard's is the time stamp.</param>
    /// <param name="message">Where the parts go, one behind the other.</param>
    public bool TryWriteFirst(ReadOnlySpan<byte> staticStatic, ReadOnlySpan<byte> payload, Span<byte> message)
    {
        ephemeral.PublicKey.CopyTo(message);
        _state.MixEphemeral(ephemeral.PublicKey);
        if (!NoisePattern.TryMixAgreement(_state, ephemeral, responder)) return false;
        _state.EncryptAndHash(own.PublicKey, message.Slice(NoisePattern.StaticOffset, NoisePattern.StaticBytes));
        _state.MixKey(staticStatic);
        _state.EncryptAndHash(payload, message[NoisePattern.FirstPayloadOffset..]);
        return true;
    }

    /// <summary>
    /// False when the answer is not the responder's; the handshake then goes on as if it had not come, or whoever knows the public keys could
    /// end it with a forged one.
    /// </summary>
    /// <param name="message">32 + payload + 16 bytes.</param>
    /// <param name="presharedKey">32 bytes.</param>
    /// <param name="payload">Gets what travelled encrypted.</param>
    /// <param name="label">What the responder may have mixed in besides, to say yes to something; empty: there is nothing to say yes to.</param>
    /// <param name="isLabelled">Whether it has.</param>
    public bool TryReadSecond(
        ReadOnlySpan<byte> message, ReadOnlySpan<byte> presharedKey, Span<byte> payload, ReadOnlySpan<byte> label, out bool isLabelled)
    {
        isLabelled = false;
        var theirEphemeral = message[..X25519Key.Bytes];
        var sealedPayload = message[NoisePattern.SecondPayloadOffset..];
        using var mixed = _state.Copy();
        mixed.MixEphemeral(theirEphemeral);
        if (!NoisePattern.TryMixAgreement(mixed, ephemeral, theirEphemeral)) return false;
        if (!NoisePattern.TryMixAgreement(mixed, own, theirEphemeral)) return false;
        mixed.MixKeyAndHash(presharedKey);
        isLabelled = !label.IsEmpty && TryEnd(mixed, label, sealedPayload, payload);
        return isLabelled || TryEnd(mixed, [], sealedPayload, payload);
    }

    private bool TryEnd(SymmetricState mixed, ReadOnlySpan<byte> label, ReadOnlySpan<byte> sealedPayload, Span<byte> payload)
    {
        var state = mixed.Copy();
        if (!label.IsEmpty) state.MixKeyAndHash(label);
        var succeeded = state.TryDecryptAndHash(sealedPayload, payload);
        if (succeeded) (_state, state) = (state, _state);
        state.Dispose();
        return succeeded;
    }

    public void Split(Span<byte> sending, Span<byte> receiving) => _state.Split(sending, receiving);

    public void Dispose()
    {
        _state.Dispose();
        ephemeral.Dispose();
    }
}
