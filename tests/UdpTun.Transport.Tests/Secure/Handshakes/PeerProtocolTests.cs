using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure.Handshakes;

/// <summary>How two ends come to a session, and find to one again.</summary>
public sealed class PeerProtocolTests
{
    private const byte Initiation = 1, Response = 2, Data = 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void First_packet_should_bring_about_a_session_and_arrive(bool withPresharedKey)
    {
        using var psk = withPresharedKey ? SecretKey.GeneratePreshared() : null;
        using var pair = new Pair(psk);

        pair.ClientSends(Pair.Question);
        pair.ServerSends(Pair.Answer);

        Assert.Equal(Pair.Question, Assert.Single(pair.Server.Delivered).Packet);
        Assert.Equal(Pair.Answer, Assert.Single(pair.Client.Delivered).Packet);
        Assert.Equal([Initiation, Response, Data, Data], pair.Sent.Select(sent => sent.Datagram[0]));
        Assert.Equal((0L, 0L), (pair.Client.Drops.Total, pair.Server.Drops.Total));
    }

    [Fact]
    public void Initiator_should_confirm_with_a_keepalive_when_it_has_nothing_to_say()
    {
        using var pair = new Pair();
        pair.Client.Call(pair.ClientSide);
        pair.Deliver();
        pair.ServerSends(Pair.Answer);
        Assert.Equal(Pair.Answer, Assert.Single(pair.Client.Delivered).Packet);
        Assert.Empty(pair.Server.Delivered);
        Assert.Equal(HandshakeFailure.None, pair.ClientSide.Failure);
    }

    [Fact]
    public void Packets_should_wait_for_the_session_and_no_more_than_there_is_room_for()
    {
        using var pair = new Pair();
        pair.Passes = (_, _) => false;
        for (var i = 0; i < PacketBurst.MaxPackets + 10; i++) pair.ClientSends(Pair.Question);
        Assert.Equal(1, pair.Client.StagedBursts);
        Assert.Equal(10, pair.Client.Drops[DropReason.NoPeerSession]);

        pair.Passes = (_, _) => true;
        pair.Wait(6);
        Assert.Equal(PacketBurst.MaxPackets, pair.Server.Delivered.Count);
        Assert.Equal(0, pair.Client.StagedBursts);
    }

    [Fact]
    public void Second_call_should_not_cost_the_answer_to_the_first()
    {
        using var pair = new Pair();
        pair.Client.Call(pair.ClientSide);
        pair.Client.CallAgain(pair.ClientSide);
        pair.Deliver();
        pair.ClientSends(Pair.Question);
        Assert.Single(pair.Server.Delivered);
        Assert.Equal(1, pair.Count(pair.Client, Initiation));
    }

    [Fact]
    public void Second_call_should_follow_soon_when_the_first_was_lost()
    {
        using var pair = new Pair();
        pair.Passes = (_, _) => false;
        pair.Client.Call(pair.ClientSide);
        pair.Client.CallAgain(pair.ClientSide);
        pair.Deliver();
        pair.Passes = (_, _) => true;
        pair.Wait(0.25);
        Assert.Equal((2, HandshakeFailure.None), (pair.Count(pair.Client, Initiation), pair.ClientSide.Failure));
        pair.ClientSends(Pair.Question);
        Assert.Single(pair.Server.Delivered);
    }

    [Fact]
    public void Control_half_that_is_built_anew_should_go_on_with_the_keys_there_are()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        using var identity = new LocalIdentity(SecretKey.GeneratePrivate(), TimeProvider.System);
        foreach (var end in new[] { pair.Client, pair.Server }) // the one that began the session, and the other
        {
            var now = pair.Time.Now;
            using var anew = new PeerProtocol(identity, end.Transport.Peers.Sessions.Single(), null, ProtocolTimes.Standard, end.Indices, () => 0);
            Assert.False(anew.HasKeys(now));

            anew.Resume();

            Assert.True(anew.HasKeys(now));
            Assert.NotNull(anew.NextTick(now));
        }
    }

    [Fact]
    public void Server_that_has_lost_its_keys_should_find_its_client_by_itself()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Server.RemovePeer(pair.Client.Key);
        var again = pair.Server.AddPeer(pair.Client.Key, "10.61.0.2/32", Pair.ClientAddress);
        pair.Server.Call(again);
        pair.Deliver();
        pair.ClientSends(Pair.Question);
        Assert.Equal(2, pair.Server.Delivered.Count);
        Assert.Equal(1, pair.Count(pair.Client, Initiation));
    }
}
