using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Saving;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.Tests.Peers;

/// <summary>Whose the sessions are that the last run of a server with the secure transport has saved.</summary>
public sealed class SavedPeersTests
{
    private static readonly InetEndpoint Place = PacketBuilder.Endpoint("10.9.0.1:40000");
    private static readonly FlowKey PhonesFlow = new(IpProtocol.Udp, PacketBuilder.Endpoint("10.61.0.3:5000"), PacketBuilder.Endpoint("203.0.113.1:53"));

    private readonly SecretKey _own = SecretKey.GeneratePrivate();
    private readonly PeerSettings _laptop = Peer("laptop", "10.61.0.2/32"), _phone = Peer("phone", "10.61.0.3/32");

    private static PeerSettings Peer(string name, string inner) => new(name, SecretKey.GeneratePrivate().ToPublic(), null, [InetPrefix.Parse(inner)], [], null);

    private SecureEnd End(IReadOnlyDictionary<PublicKey, InetEndpoint>? seen, params PeerSettings[] peers) =>
        new(new SecureSettings(_own, peers), 1420, TimeProvider.System, seen);

    /// <summary>Saved by a run in which both peers were at one place behind a NAT, one after the other.</summary>
    private NatSnapshot Saved()
    {
        var table = new TestNat().Table;
        using var end = End(new Dictionary<PublicKey, InetEndpoint> { [_laptop.PublicKey] = Place, [_phone.PublicKey] = Place }, _laptop, _phone);
        Assert.Equal(DropReason.None, table.TryOpen(Assert.Single(end.Clients.Find("phone")).Id, PhonesFlow, default, out _));
        return NatSnapshot.Take(table, end.Clients, default);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Session_should_go_on_with_whose_key_it_was_wherever_that_peer_is(bool isPlaceKnown)
    {
        var next = new TestNat();
        var seen = new Dictionary<PublicKey, InetEndpoint> { [_laptop.PublicKey] = Place, [_phone.PublicKey] = Place };
        using var end = End(isPlaceKnown ? seen : null, _laptop, _phone with { Name = "mobile" });

        Assert.Equal(1, Saved().Restore(next.Table, end.Clients, next.Destinations, default, default));

        Assert.True(end.Clients.TryFind(Assert.Single(next.Table.Sessions).Mapping.Client, out var owner));
        Assert.Equal("mobile", owner.Name);
    }

    [Fact]
    public void Session_of_a_peer_that_is_none_any_more_should_be_forgotten()
    {
        var next = new TestNat();
        using var end = End(new Dictionary<PublicKey, InetEndpoint> { [_laptop.PublicKey] = Place }, _laptop, Peer("phone", "10.61.0.3/32"));

        Assert.Equal(0, Saved().Restore(next.Table, end.Clients, next.Destinations, default, default));
    }
}
