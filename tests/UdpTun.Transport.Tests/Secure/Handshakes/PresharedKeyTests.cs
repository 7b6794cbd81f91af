using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure.Handshakes;

/// <summary>The secret that two ends share beside their keys, when it is the same, another, or changes.</summary>
public sealed class PresharedKeyTests
{
    private const byte Initiation = 1;

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
}
