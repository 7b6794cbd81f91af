using UdpTun.Linux.Sockets;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.Tests.Sockets;

public sealed class ReplyAddressesTests
{
    private static readonly ReplyPath First = new(InetAddress.Parse("192.0.2.1"), 0), Second = new(InetAddress.Parse("2001:db8::1"), 0);
    private static readonly InetEndpoint Peer = new(InetAddress.Parse("198.51.100.1"), 1);

    private readonly ReplyAddresses _replies = new();

    [Fact]
    public void Sender_should_be_answered_by_the_way_of_its_last_datagram_until_it_is_confirmed()
    {
        _replies.Learn(Peer, First);
        _replies.Learn(Peer, Second);
        Assert.Equal(Second, Path());

        _replies.Confirm(Peer, _replies.Learn(Peer, First));
        _replies.Learn(Peer, Second); // forged
        Assert.Equal(First, Path());

        _replies.Confirm(Peer, _replies.Learn(Peer, Second));
        Assert.Equal(Second, Path());
        _replies.Learn(Peer, First); // its next call, to another address of ours
        _replies.Confirm(Peer, 0);
        Assert.Equal(First, Path());
    }

    [Fact]
    public void Flood_of_senders_should_not_make_it_forget_who_is_confirmed()
    {
        _replies.Confirm(Peer, _replies.Learn(Peer, First));
        for (var i = 0; i < 70_000; i++) _replies.Learn(new InetEndpoint(InetAddress.FromV4((uint)i), 1), Second);
        Assert.Equal(First, Path());
    }

    [Fact]
    public void Way_that_has_no_number_should_be_learned_and_not_confirmed()
    {
        for (var i = 0; i < 5000; i++) _replies.Confirm(Peer, _replies.Learn(Peer, new ReplyPath(InetAddress.FromV4((uint)i), 0)));
        var last = new InetEndpoint(InetAddress.Parse("198.51.100.2"), 1);
        Assert.Equal(0, _replies.Learn(last, Second));
        Assert.True(_replies.TryFind(last, out var path));
        Assert.Equal(Second, path);
    }

    private ReplyPath Path() => _replies.TryFind(Peer, out var path) ? path : default;
}
