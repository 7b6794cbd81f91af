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
    public bool TryReadSecond(ReadOnlySpan<byte> message, ReadOnlySpan<byte> presharedKey, Span<byte> payload)
    {
        var before = _state;
        var attempt = before.Copy();
        var succeeded = TryRead(attempt, message, presharedKey, payload);
        if (succeeded) _state = attempt;
        (succeeded ? before : attempt).Dispose();
        return succeeded;
    }

    private bool TryRead(SymmetricState state, ReadOnlySpan<byte> message, ReadOnlySpan<byte> presharedKey, Span<byte> payload)
    {
        var theirEphemeral = message[..X25519Key.Bytes];
        state.MixEphemeral(theirEphemeral);
        if (!NoisePattern.TryMixAgreement(state, ephemeral, theirEphemeral)) return false;
        if (!NoisePattern.TryMixAgreement(state, own, theirEphemeral)) return false;
        state.MixPresharedKey(presharedKey);
        return state.TryDecryptAndHash(message[NoisePattern.SecondPayloadOffset..], payload);
    }

    public void Split(Span<byte> sending, Span<byte> receiving) => _state.Split(sending, receiving);

    public void Dispose()
    {
        _state.Dispose();
        ephemeral.Dispose();
    }
}
