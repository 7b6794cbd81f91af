using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Peers;

public sealed class PeerRegistryTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(600);

    private readonly PeerRegistry _registry = new([InetPrefix.Parse("10.0.0.0/8"), InetPrefix.Parse("fd00::/8")], 2, Idle);
    private readonly List<Peer> _gone = [];

    private Peer Admit(string remote, TimeSpan now = default)
    {
        Assert.Equal(DropReason.None, _registry.Admit(PacketBuilder.Endpoint(remote), now, out var peer));
        return peer;
    }

    private DropReason Refusal(string remote) => _registry.Admit(PacketBuilder.Endpoint(remote), default, out _);

    [Fact]
    public void Peer_should_be_known_by_address_and_port()
    {
        var peer = Admit("10.0.0.1:5");
        Assert.Same(peer, Admit("10.0.0.1:5"));
        Assert.NotEqual(peer.Id, Admit("10.0.0.1:6").Id);
        Assert.True(_registry.TryFind(peer.Id, out var found));
        Assert.Same(peer, found);
        Assert.Equal(2, _registry.Count);
    }

    [Theory]
    [InlineData("203.0.113.1:5")]
    [InlineData("11.0.0.1:5")]
    [InlineData("[2001:db8::1]:5")]
    [InlineData("[::a00:1]:5")]
    public void Stranger_should_be_refused_and_leave_nothing(string remote)
    {
        Assert.Equal(DropReason.ForbiddenPeer, Refusal(remote));
        Assert.Equal(0, _registry.Count);
    }

    [Fact]
    public void Peers_should_be_refused_beyond_the_limit_but_not_those_there()
    {
        Admit("10.0.0.1:5");
        Admit("[fd00::1]:5");
        Assert.Equal(DropReason.TooManyPeers, Refusal("10.0.0.2:5"));
        Assert.Equal(DropReason.ForbiddenPeer, Refusal("203.0.113.1:5"));
        Admit("10.0.0.1:5");
    }

    [Fact]
    public void Registries_that_share_their_seats_should_give_out_no_more_and_take_them_back()
    {
        var seats = new PeerSeats(1);
        PeerRegistry One() => new([InetPrefix.Parse("10.0.0.0/8")], seats, Idle);
        var (here, there, remote) = (One(), One(), PacketBuilder.Endpoint("10.0.0.1:5"));
        Assert.Equal(DropReason.None, here.Admit(remote, default, out _));
        Assert.Equal(DropReason.TooManyPeers, there.Admit(remote, default, out _));
        here.Sweep(Idle, _ => false, _gone);
        Assert.Equal(DropReason.None, there.Admit(remote, default, out _));
        Assert.Equal(DropReason.TooManyPeers, here.Admit(remote, default, out _));
    }

    [Fact]
    public void Sweep_should_forget_who_is_idle_and_has_no_sessions()
    {
        var (idle, busy) = (Admit("10.0.0.1:5"), Admit("10.0.0.2:5"));
        _registry.Sweep(Idle - TimeSpan.FromTicks(1), _ => false, _gone);
        Assert.Empty(_gone);
        _registry.Sweep(Idle, id => id == busy.Id, _gone);
        Assert.Equal([idle], _gone);
        Assert.Equal([busy], _registry.Peers);
        Assert.False(_registry.TryFind(idle.Id, out _));
        Assert.NotEqual(idle.Id, Admit("10.0.0.1:5", Idle).Id);
    }

    [Fact]
    public void Datagram_should_keep_its_peer()
    {
        var peer = Admit("10.0.0.1:5");
        Admit("10.0.0.1:5", Idle);
        _registry.Sweep(Idle + TimeSpan.FromSeconds(1), _ => false, _gone);
        Assert.Empty(_gone);
        Assert.Equal(Idle, peer.LastSeen);
    }

    [Fact]
    public void Known_peer_should_cost_no_allocation()
    {
        var remote = PacketBuilder.Endpoint("10.0.0.1:5");
        var stranger = PacketBuilder.Endpoint("203.0.113.1:5");
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            _registry.Admit(remote, default, out _);
            _registry.Admit(stranger, default, out _);
        }));
    }
}
