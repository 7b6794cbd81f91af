using UdpTun.Net.Counters;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure.Handshakes;

/// <summary>What the specification's timers bring about, in virtual time.</summary>
public sealed class PeerTimersTests
{
    private const byte Initiation = 1, Data = 4;

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
        pair.Time.Now += ProtocolTimes.Standard.RejectAfter;
        pair.Client.Send(Pair.Question);
        Assert.Equal(Initiation, pair.Sent[^1].Datagram[0]);
        pair.Server.Receive(late, Pair.ClientAddress);
        Assert.Equal(1, pair.Server.Drops[DropReason.NotAuthentic]);
    }
}
