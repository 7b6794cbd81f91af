using System.Text;
using UdpTun.Transport.Secure.Noise;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Tests.Secure.Noise;

/// <summary>The public vector of Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s in the cacophony collection, and what must fail.</summary>
public sealed class NoiseVectorTests
{
    private const string First =
        "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944001e21de9f98ddd8e2ad57527207feb56253c9c94a9e496782ecfcb2a75fbcaf"
        + "1b52948cc48daefe660c62119ab5000980c84831215f2441eba616548e832985464cf17e51ee93109008399a21f7e13f";
    private const string Second =
        "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843cb765f2caef0751b8f007572dab0322217755c0632f365717edbf34d33e87a";
    private static readonly byte[] Prologue = Encoding.ASCII.GetBytes("John Galt");
    private static readonly byte[] PresharedKey = Encoding.ASCII.GetBytes("This is my Austrian perspective!");

    private readonly X25519Key _initiatorStatic = Key("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1");
    private readonly X25519Key _initiatorEphemeral = Key("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a");
    private readonly X25519Key _responderStatic = Key("4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893");
    private readonly X25519Key _responderEphemeral = Key("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b");
    private readonly byte[] _staticStatic = new byte[32];

    public NoiseVectorTests() => Assert.True(_initiatorStatic.TryAgree(_responderStatic.PublicKey, _staticStatic));

    [Fact]
    public void Handshake_should_give_the_public_vector()
    {
        using var initiator = new NoiseInitiator(_initiatorStatic, _initiatorEphemeral, _responderStatic.PublicKey, Prologue);
        using var responder = new NoiseResponder(_responderStatic, Prologue);
        var first = new byte[First.Length / 2];
        var second = new byte[Second.Length / 2];
        byte[] payload = new byte[16], answer = new byte[15];

        Assert.True(initiator.TryWriteFirst(_staticStatic, "Ludwig von Mises"u8, first));
        Assert.Equal(First, Convert.ToHexStringLower(first));
        Assert.True(responder.TryReadInitiator(first));
        Assert.Equal(_initiatorStatic.PublicKey, responder.Initiator.ToArray());
        Assert.True(responder.TryReadPayload(first, _staticStatic, payload));
        Assert.Equal("Ludwig von Mises", Encoding.ASCII.GetString(payload));
        Assert.True(responder.TryWriteSecond(_responderEphemeral, PresharedKey, [], "Murray Rothbard"u8, second));
        Assert.Equal(Second, Convert.ToHexStringLower(second));
        Assert.True(initiator.TryReadSecond(second, PresharedKey, answer, "label"u8, out var isLabelled));
        Assert.False(isLabelled);
        Assert.Equal("Murray Rothbard", Encoding.ASCII.GetString(answer));
        Assert.Equal("f5191b875290abcd41347ac3622d9679688a7e980229cb937ef748336cfde0e5", Convert.ToHexStringLower(initiator.HandshakeHash));
        Assert.Equal(initiator.HandshakeHash.ToArray(), responder.HandshakeHash.ToArray());

        byte[] sending = new byte[32], receiving = new byte[32], theirSending = new byte[32], theirReceiving = new byte[32];
        initiator.Split(sending, receiving);
        responder.Split(theirSending, theirReceiving);
        Assert.Equal(sending, theirReceiving);
        Assert.Equal(receiving, theirSending);
        AssertSeals(sending, 0, "F. A. Hayek", "8153ca9833bc3c1b91a7e66e5f4d4f5b59bf9e64c2f20d15f0bba7");
        AssertSeals(receiving, 0, "Carl Menger", "07af0c9c86e1b4e80f36b04ff7688d51141af3debd0332f0a705ef");
        AssertSeals(sending, 1, "Jean-Baptiste Say", "6ab1467c0448cc78394494abaaf23afce0e234315d6e2624dcbfa8a21c1c4d073d");
        AssertSeals(receiving, 1, "Eugen Böhm von Bawerk", "dfc346c0d2296ae6cf1acf6f12b8456a1dba228cf8d8b774aacf1c47fc53aa80ebc7a4c292");
    }

    [Fact]
    public void Responder_should_refuse_the_first_message_when_any_byte_is_changed()
    {
        var good = Convert.FromHexString(First);
        for (var i = 0; i < good.Length; i++)
        {
            var changed = (byte[])good.Clone();
            // X25519 ignores the top bit of a public key (RFC 7748 section 5), the hash does not.
            changed[i] ^= 0x80;
            using var responder = new NoiseResponder(_responderStatic, Prologue);
            var accepted = responder.TryReadInitiator(changed) && responder.TryReadPayload(changed, _staticStatic, new byte[16]);
            Assert.False(accepted, $"byte {i}");
        }
    }

    [Fact]
    public void Initiator_should_refuse_the_answer_when_the_preshared_key_differs()
    {
        using var initiator = new NoiseInitiator(_initiatorStatic, _initiatorEphemeral, _responderStatic.PublicKey, Prologue);
        Assert.True(initiator.TryWriteFirst(_staticStatic, "Ludwig von Mises"u8, new byte[First.Length / 2]));
        Assert.False(initiator.TryReadSecond(Convert.FromHexString(Second), new byte[32], new byte[15], [], out _));
    }

    [Theory]
    [InlineData("label", true)]
    [InlineData("other", false)]
    [InlineData("", false)]
    public void Labelled_answer_should_be_read_by_whoever_expects_the_label(string expected, bool succeeds)
    {
        using var initiator = new NoiseInitiator(_initiatorStatic, _initiatorEphemeral, _responderStatic.PublicKey, Prologue);
        using var responder = new NoiseResponder(_responderStatic, Prologue);
        byte[] first = new byte[First.Length / 2], second = new byte[Second.Length / 2], payload = new byte[16];
        Assert.True(initiator.TryWriteFirst(_staticStatic, "Ludwig von Mises"u8, first));
        Assert.True(responder.TryReadInitiator(first) && responder.TryReadPayload(first, _staticStatic, payload));
        Assert.True(responder.TryWriteSecond(_responderEphemeral, PresharedKey, "label"u8, "Murray Rothbard"u8, second));

        Assert.Equal(succeeds, initiator.TryReadSecond(second, PresharedKey, new byte[15], Encoding.ASCII.GetBytes(expected), out var isLabelled));
        Assert.Equal(succeeds, isLabelled);
        if (!succeeds) return;
        Assert.Equal(initiator.HandshakeHash.ToArray(), responder.HandshakeHash.ToArray());
        byte[] sending = new byte[32], receiving = new byte[32], theirSending = new byte[32], theirReceiving = new byte[32];
        initiator.Split(sending, receiving);
        responder.Split(theirSending, theirReceiving);
        Assert.Equal(sending, theirReceiving);
        Assert.Equal(receiving, theirSending);
    }

    [Fact]
    public void Responder_should_refuse_an_ephemeral_key_of_low_order()
    {
        using var responder = new NoiseResponder(_responderStatic, Prologue);
        Assert.False(responder.TryReadInitiator(new byte[First.Length / 2]));
    }

    private static void AssertSeals(byte[] key, ulong counter, string text, string expected)
    {
        var data = Encoding.Latin1.GetBytes(text);
        var tag = new byte[16];
        using var cipher = PacketCipher.ForSealing(CipherSuite.ChaCha20Poly1305, key);
        cipher.Seal(counter, data, data, tag);
        Assert.Equal(expected, Convert.ToHexStringLower([.. data, .. tag]));
    }

    private static X25519Key Key(string hex) => X25519Key.Import(Convert.FromHexString(hex));
}
