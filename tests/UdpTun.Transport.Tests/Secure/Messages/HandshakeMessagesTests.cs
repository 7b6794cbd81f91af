using System.Buffers.Binary;
using UdpTun.Transport.Secure.Cookies;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.Noise;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Primitives;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Tests.Secure.Messages;

public sealed class HandshakeMessagesTests
{
    private static readonly DateTimeOffset Wall = new(2026, 11, 23, 12, 0, 0, 500, TimeSpan.Zero);

    [Fact]
    public void Two_ends_should_share_keys_after_two_messages()
    {
        using var client = X25519Key.Generate();
        using var server = X25519Key.Generate();
        byte[] shared = new byte[32], preshared = new byte[32], stamp = new byte[12], expected = new byte[12];
        Assert.True(client.TryAgree(server.PublicKey, shared));
        preshared[0] = 7;
        using var initiator = new NoiseInitiator(client, X25519Key.Generate(), server.PublicKey, Initiation.Prologue);
        using var responder = new NoiseResponder(server, Initiation.Prologue);
        byte[] first = new byte[MessageLayout.InitiationBytes], second = new byte[MessageLayout.ResponseBytes];

        var toServer = new CookieJar(new MacKeys(server.PublicKey));
        Assert.True(Initiation.TryWrite(initiator, shared, sender: 11, Wall, mark: 0, toServer, TimeSpan.Zero, first));
        Assert.Equal(MessageType.Initiation, MessageTypes.Of(first));
        Assert.True(new MacKeys(server.PublicKey).HasMac1(first));
        Assert.Equal(11u, Initiation.Sender(first));
        Assert.True(responder.TryReadInitiator(Initiation.NoisePart(first)));
        Assert.Equal(client.PublicKey, responder.Initiator.ToArray());
        Assert.True(responder.TryReadPayload(Initiation.NoisePart(first), shared, stamp));
        Tai64N.Write(Wall, expected);
        Assert.Equal(expected, stamp);

        using var ephemeral = X25519Key.Generate();
        var toClient = new CookieJar(new MacKeys(client.PublicKey));
        Assert.True(Response.TryWrite(responder, ephemeral, preshared, [], sender: 22, receiver: 11, toClient, TimeSpan.Zero, second));
        Assert.Equal(MessageType.Response, MessageTypes.Of(second));
        Assert.Equal((22u, 11u), (Response.Sender(second), Response.Receiver(second)));
        Assert.True(initiator.TryReadSecond(Response.NoisePart(second), preshared, [], [], out _));

        byte[] one = new byte[32], two = new byte[32], three = new byte[32], four = new byte[32];
        initiator.Split(one, two);
        responder.Split(three, four);
        using var clientPair = new KeyPair(one, two, Response.Sender(second), CipherSuite.ChaCha20Poly1305);
        using var serverPair = new KeyPair(three, four, Initiation.Sender(first), CipherSuite.ChaCha20Poly1305);
        byte[] keepalive = new byte[32], answer = new byte[32];
        Assert.True(clientPair.TrySeal([], keepalive) && serverPair.TryOpen(keepalive));
        Assert.True(serverPair.TrySeal([], answer) && clientPair.TryOpen(answer));
    }

    [Theory]
    [InlineData(0, "400000000000000a00000000")]
    [InlineData(1_000_000_000, "400000003b9aca0a00000000")]
    public void Stamp_should_count_seconds_as_TAI64N_does(long unixSeconds, string expected)
    {
        var stamp = new byte[Tai64N.Bytes];
        Tai64N.Write(DateTimeOffset.FromUnixTimeSeconds(unixSeconds), stamp);
        Assert.Equal(expected, Convert.ToHexStringLower(stamp));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x414553)]
    public void Stamp_should_carry_its_mark_and_the_time_all_the_same(uint mark)
    {
        var stamp = new byte[Tai64N.Bytes];
        Tai64N.Write(Wall, stamp, mark);
        Assert.Equal(mark, Tai64N.MarkOf(stamp));
        Assert.Equal(0x1D000000u, BinaryPrimitives.ReadUInt32BigEndian(stamp.AsSpan(8)) & 0xFF000000); // of 500,000,000 ns
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)] // Within the 16.8 ms that the stamp does not tell apart.
    [InlineData(17, true)]
    [InlineData(1000, true)]
    [InlineData(-17, false)]
    public void Stamp_should_be_later_when_time_has_visibly_passed(int milliseconds, bool later)
    {
        byte[] stamp = new byte[Tai64N.Bytes], than = new byte[Tai64N.Bytes];
        Tai64N.Write(Wall, than);
        Tai64N.Write(Wall.AddMilliseconds(milliseconds), stamp);
        Assert.Equal(later, Tai64N.IsLater(stamp, than));
    }
}
