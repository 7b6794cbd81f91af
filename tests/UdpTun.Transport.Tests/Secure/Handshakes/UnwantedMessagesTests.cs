using UdpTun.Net.Counters;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.Primitives;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure.Handshakes;

/// <summary>What strangers send, what comes twice, and what is too much, against a session that has to last.</summary>
public sealed class UnwantedMessagesTests
{
    private const byte Initiation = 1, Response = 2, Cookie = 3;

    [Fact]
    public void Clock_that_was_set_back_should_not_matter_to_a_running_end_and_be_told_of_a_new_one()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Client.Clock.Offset = TimeSpan.FromDays(-1);
        pair.Time.Now += ProtocolTimes.Standard.RejectAfter;
        pair.ClientSends(Pair.Question);
        Assert.Equal(2, pair.Server.Delivered.Count);

        var recorded = pair.Sent.First(sent => sent.Datagram[0] == Initiation).Datagram;
        pair.Wait(545);
        var answers = pair.Count(pair.Server, Response);
        pair.Server.Receive(recorded, Pair.ClientAddress);
        Assert.Equal(answers, pair.Count(pair.Server, Response));
        Assert.Equal(1, pair.Server.Drops[DropReason.Replayed]);
        pair.Server.Tick();
        Assert.Equal(HandshakeFailure.Clock, pair.ServerSide.Failure);
    }

    [Fact]
    public void Cookies_should_let_an_honest_peer_through_under_load()
    {
        using var pair = new Pair();
        pair.Server.PretendedLoad = HandshakeGate.LoadedAt;
        pair.ClientSends(Pair.Question);
        Assert.Equal((1, 0), (pair.Count(pair.Server, Cookie), pair.Count(pair.Server, Response)));
        pair.Wait(6);
        Assert.Equal(1, pair.Count(pair.Server, Response));
        Assert.Single(pair.Server.Delivered);
    }

    [Fact]
    public void Junk_should_reach_no_public_key_operation_and_no_answer()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var initiation = pair.Sent[0].Datagram;
        var random = new Random(7);
        var (before, sent) = (X25519Key.Agreements, pair.Sent.Count);
        for (var i = 0; i < 5000; i++)
        {
            var junk = new byte[148];
            random.NextBytes(junk);
            (junk[0], junk[1], junk[2], junk[3]) = (Initiation, 0, 0, 0);
            pair.Server.Receive(junk, Pair.ClientAddress);
            var flipped = initiation.ToArray();
            flipped[random.Next(4, 132)] ^= (byte)(1 << random.Next(8));
            pair.Server.Receive(flipped, Pair.ClientAddress);
        }

        Assert.Equal(before, X25519Key.Agreements);
        Assert.Equal(sent, pair.Sent.Count);
        Assert.Equal(10_000, pair.Server.Drops[DropReason.NotAuthentic]);
        pair.ClientSends(Pair.Question);
        Assert.Equal(2, pair.Server.Delivered.Count);
    }

    [Fact]
    public void Forged_response_should_not_end_a_handshake()
    {
        using var pair = new Pair();
        pair.Passes = (from, _) => from == pair.Client;
        pair.ClientSends(Pair.Question);
        var response = pair.Sent.Single(sent => sent.Datagram[0] == Response).Datagram;
        var forged = response.ToArray();
        forged[20] ^= 1; // the ephemeral key
        new MacKeys(pair.Client.Key.Span).WriteMac1(forged);
        pair.Client.Receive(forged, Pair.ServerAddress);
        Assert.Equal(1, pair.Client.Drops[DropReason.NotAuthentic]);
        pair.Passes = (_, _) => true;
        pair.Client.Receive(response, Pair.ServerAddress);
        pair.Deliver();
        Assert.Single(pair.Server.Delivered);
    }

    [Fact]
    public void Removed_peer_should_be_a_stranger_at_once()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Server.RemovePeer(pair.Client.Key);
        pair.ClientSends(Pair.Question);
        Assert.Single(pair.Server.Delivered);
        Assert.Equal(1, pair.Server.Drops[DropReason.NotAuthentic]);
        Assert.Equal(0, pair.Server.Indices.Count);
    }
}
