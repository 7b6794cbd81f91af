using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Cookies;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure.Handshakes;

/// <summary>What encrypts a session's packets, as both ends agree on it.</summary>
public sealed class CipherAgreementTests
{
    [Theory]
    [InlineData(true, true, CipherSuite.Aes256Gcm)]
    [InlineData(true, false, CipherSuite.ChaCha20Poly1305)]
    [InlineData(false, true, CipherSuite.ChaCha20Poly1305)]
    [InlineData(false, false, CipherSuite.ChaCha20Poly1305)]
    public void Session_should_have_AES_when_both_ends_have_it(bool client, bool server, CipherSuite expected)
    {
        using var psk = SecretKey.GeneratePreshared();
        using var pair = new Pair(psk, clientAllowsAes: client, serverAllowsAes: server);
        pair.ClientSends(Pair.Question);
        pair.ServerSends(Pair.Answer);

        Assert.Single(pair.Server.Delivered);
        Assert.Single(pair.Client.Delivered);
        Assert.Equal((expected, expected), (pair.ClientSide.Suite, pair.ServerSide.Suite));
        Assert.Equal([148, 92, 80, 80], pair.Sent.Select(sent => sent.Datagram.Length)); // as every WireGuard's
        Assert.Equal((0L, 0L), (pair.Client.Drops.Total, pair.Server.Drops.Total));
    }

    [Fact]
    public void New_keys_should_be_agreed_on_with_AES_again_whoever_asks()
    {
        using var pair = new Pair(times: ProtocolTimes.Standard with { RekeyAfter = TimeSpan.FromSeconds(2) });
        for (var second = 0; second < 5; second++)
        {
            pair.ClientSends(Pair.Question);
            pair.Wait(1);
        }

        Assert.True(pair.Sent.Count(sent => sent.Datagram[0] == 1) > 1, "no new keys were asked for");
        pair.Server.CallAgain(pair.ServerSide);
        pair.Deliver();
        pair.ServerSends(Pair.Answer);
        Assert.Equal(5, pair.Server.Delivered.Count);
        Assert.Single(pair.Client.Delivered);
        Assert.Equal(CipherSuite.Aes256Gcm, pair.ClientSide.Suite);
    }

    /// <summary>By somebody who knows both public keys and so can sign what he has changed.</summary>
    [Theory]
    [InlineData(1, MessageLayout.InitiationNoiseOffset, MessageLayout.InitiationBytes)]
    [InlineData(2, MessageLayout.ResponseNoiseOffset, MessageLayout.ResponseBytes)]
    public void Changed_handshake_should_give_no_session_rather_than_a_weaker_one(byte type, int from, int length)
    {
        for (var at = from; at < length - MessageLayout.MacsBytes; at++)
        {
            using var pair = new Pair();
            pair.Passes = (sender, datagram) =>
            {
                if (datagram[0] != type) return true;
                datagram[at] ^= 1;
                var receiver = sender == pair.Client ? pair.Server : pair.Client;
                new CookieJar(new MacKeys(receiver.Key.Span)).Sign(datagram, pair.Time.Now);
                return true;
            };
            pair.ClientSends(Pair.Question);
            Assert.Null(pair.ClientSide.Suite);
            Assert.Empty(pair.Server.Delivered);
        }
    }
}
