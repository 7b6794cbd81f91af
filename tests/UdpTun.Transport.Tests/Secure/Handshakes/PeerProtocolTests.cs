using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Primitives;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure.Handshakes;

public sealed class PeerProtocolTests
{
    private const byte Initiation = 1, Response = 2, Cookie = 3, Data = 4;
    private static readonly ProtocolTimes Times = ProtocolTimes.Standard;

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
    public void Unanswered_initiation_should_be_repeated_and_given_up_and_begun_again_by_the_next_packet()
    {
        using var pair = new Pair();
        pair.Passes = (_, _) => false;
        pair.ClientSends(Pair.Question);
        pair.Wait(89);
        Assert.InRange(pair.Count(pair.Client, Initiation), 16, 18);
        Assert.Equal(HandshakeFailure.NoAnswer, pair.ClientSide.Failure);
        pair.Wait(60);
        var given = pair.Count(pair.Client, Initiation);
        Assert.InRange(given, 17, 19);
        Assert.False(pair.ClientSide.IsCalling);
        Assert.Equal(1, pair.Client.Drops[DropReason.NoPeerSession]);

        pair.Passes = (_, _) => true;
        pair.ClientSends(Pair.Question);
        Assert.Single(pair.Server.Delivered);
    }

    [Fact]
    public void Other_preshared_key_should_end_what_was_agreed_on_and_begin_anew_at_once()
    {
        using var former = SecretKey.GeneratePreshared();
        using var other = SecretKey.GeneratePreshared();
        using var pair = new Pair(former);
        pair.ClientSends(Pair.Question);
        pair.Wait(1);

        pair.Server.Use(pair.ServerSide, other);
        pair.Deliver();
        pair.ClientSends(Pair.Question);
        Assert.Single(pair.Server.Delivered); // the keys of the former are gone, and the client's are of no use
        Assert.Equal((1, HandshakeFailure.PresharedKey), (pair.Count(pair.Server, Initiation), pair.ServerSide.Failure));

        pair.Client.Use(pair.ClientSide, other);
        pair.Deliver();
        pair.ClientSends(Pair.Question);
        Assert.Equal(2, pair.Server.Delivered.Count);
        Assert.Equal(HandshakeFailure.None, pair.ClientSide.Failure);
    }

    [Fact]
    public void Same_preshared_key_should_change_nothing_and_another_call_nobody_who_was_not_there()
    {
        using var former = SecretKey.GeneratePreshared();
        using var same = new SecretKey(former.Span);
        using var other = SecretKey.GeneratePreshared();
        using var pair = new Pair(former);
        pair.Client.Use(pair.ClientSide, other);
        pair.Client.Use(pair.ClientSide, former);
        Assert.Empty(pair.Sent);

        pair.ClientSends(Pair.Question);
        pair.Wait(1);
        var sent = pair.Sent.Count;
        pair.Server.Use(pair.ServerSide, same);
        pair.ClientSends(Pair.Question);
        Assert.Equal((2, sent + 1), (pair.Server.Delivered.Count, pair.Sent.Count));
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
    public void Initiator_should_ask_for_new_keys_after_two_minutes_of_use_and_lose_nothing()
    {
        using var pair = new Pair();
        for (var second = 0; second < 600; second++)
        {
            pair.ClientSends(Pair.Question);
            pair.ServerSends(Pair.Answer);
            pair.Wait(1);
        }

        Assert.Equal((600, 600), (pair.Server.Delivered.Count, pair.Client.Delivered.Count));
        Assert.InRange(pair.Count(pair.Client, Initiation), 5, 6);
        Assert.Equal(0, pair.Count(pair.Server, Initiation));
        Assert.Equal((0L, 0L), (pair.Client.Drops.Total, pair.Server.Drops.Total));
    }

    [Fact]
    public void Initiator_that_only_receives_should_ask_for_new_keys_before_the_old_ones_end()
    {
        using var pair = new Pair();
        pair.Client.Call(pair.ClientSide);
        pair.Deliver();
        for (var second = 0; second < 400; second++)
        {
            pair.ServerSends(Pair.Answer);
            pair.Wait(1);
        }

        Assert.Equal(400, pair.Client.Delivered.Count);
        Assert.InRange(pair.Count(pair.Client, Initiation), 3, 4);
        Assert.Equal(0, pair.Count(pair.Server, Initiation));
    }

    [Fact]
    public void Receiver_should_say_that_it_lives_after_ten_seconds_and_an_idle_session_should_be_silent()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Wait(9);
        var before = pair.Count(pair.Server, Data);
        pair.Wait(3);
        Assert.Equal(before + 1, pair.Count(pair.Server, Data));
        var all = pair.Sent.Count;
        pair.Wait(100);
        Assert.Equal(all, pair.Sent.Count);
    }

    [Fact]
    public void Sender_that_hears_nothing_for_fifteen_seconds_should_call_again()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.ServerSends(Pair.Answer);
        pair.Passes = (_, _) => false;
        pair.Wait(8);
        pair.ClientSends(Pair.Question);
        pair.Wait(14);
        Assert.Equal(1, pair.Count(pair.Client, Initiation));
        pair.Wait(3);
        Assert.Equal(2, pair.Count(pair.Client, Initiation));
    }

    [Fact]
    public void Persistent_keepalive_should_keep_a_session_without_traffic()
    {
        using var pair = new Pair(keepalive: TimeSpan.FromSeconds(25));
        pair.Wait(300);
        Assert.InRange(pair.Count(pair.Client, Data), 11, 16);
        pair.ServerSends(Pair.Answer);
        Assert.Single(pair.Client.Delivered);
    }

    [Fact]
    public void Keys_should_be_wiped_when_nobody_has_used_them_for_nine_minutes()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        Assert.Equal((1, 1), (pair.Client.Indices.Count, pair.Server.Indices.Count));
        pair.Wait(545);
        Assert.Equal((0, 0), (pair.Client.Indices.Count, pair.Server.Indices.Count));
        Assert.Null(pair.ClientSide.NextTick(pair.Time.Now));
        pair.ClientSends(Pair.Question);
        Assert.Equal(2, pair.Server.Delivered.Count);
    }

    [Fact]
    public void Keys_should_not_be_used_after_three_minutes_by_anybody()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Client.Send(Pair.Question);
        var late = pair.Sent[^1].Datagram;
        pair.Deliver();
        pair.Time.Now += Times.RejectAfter;
        pair.Client.Send(Pair.Question);
        Assert.Equal(Initiation, pair.Sent[^1].Datagram[0]);
        pair.Server.Receive(late, Pair.ClientAddress);
        Assert.Equal(1, pair.Server.Drops[DropReason.NotAuthentic]);
    }

    [Fact]
    public void Wrong_preshared_key_should_be_told_by_the_initiator()
    {
        using var one = SecretKey.GeneratePreshared();
        using var other = SecretKey.GeneratePreshared();
        using var pair = new Pair(one, other);
        pair.ClientSends(Pair.Question);
        pair.Wait(6);
        Assert.Equal(HandshakeFailure.PresharedKey, pair.ClientSide.Failure);
        Assert.Empty(pair.Server.Delivered);
    }

    [Fact]
    public void Clock_that_was_set_back_should_not_matter_to_a_running_end_and_be_told_of_a_new_one()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Client.Clock.Offset = TimeSpan.FromDays(-1);
        pair.Time.Now += Times.RejectAfter;
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
        new UdpTun.Transport.Secure.Messages.MacKeys(pair.Client.Key.Span).WriteMac1(forged);
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
