using UdpTun.Actors.Settings;
using UdpTun.Host.Uapi;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Uapi;

namespace UdpTun.Host.Tests.Uapi;

public sealed class PeerChangesTests
{
    private static readonly PublicKey Own = Key(9);
    private static readonly PublicKey A = Key(1);
    private static readonly PublicKey B = Key(2);

    private static readonly PeerSettings[] Before =
    [
        new("laptop", A, Secret(7), [InetPrefix.Parse("10.61.0.2/32")], [new ServerEndpoint("a.example", 7)], TimeSpan.FromSeconds(25))
        {
            Limits = new PeerLimits { MaxSessions = 5 },
        },
        new("phone", B, null, [InetPrefix.Parse("10.61.0.3/32")], [], null),
    ];

    private static PublicKey Key(byte fill) => new(Enumerable.Repeat(fill, 32).ToArray());

    private static SecretKey Secret(byte fill) => new(Enumerable.Repeat(fill, 32).ToArray());

    private static IReadOnlyList<PeerSettings> Apply(bool replaces, params PeerChange[] changes) =>
        PeerChanges.Apply(Own, Before, new InterfaceChange { ReplacesPeers = replaces, Peers = changes }).Peers;

    private static IEnumerable<string> NetworksOf(PeerSettings peer) => peer.AllowedIps.Select(network => $"{network}");

    private static AllowedIpChange Ip(string network, bool removes = false) => new(InetPrefix.Parse(network), removes);

    [Fact]
    public void Change_should_leave_what_it_does_not_name()
    {
        var peers = Apply(false, new PeerChange(A) { PersistentKeepalive = 0 });
        Assert.True(peers[0].Says(Before[0] with { PersistentKeepalive = null }));
        Assert.Equal(2, peers.Count);
        Assert.Same(Before[1], peers[1]);
    }

    [Fact]
    public void Keys_endpoint_and_keepalive_should_be_set_and_taken_away()
    {
        var change = new PeerChange(B) { PresharedKey = Secret(3), Endpoint = new InetEndpoint(InetAddress.Parse("2001:db8::1"), 5), PersistentKeepalive = 9 };
        var phone = Apply(false, change)[1];
        Assert.Equal((Secret(3).Reveal(), "[2001:db8::1]:5", 9.0), (phone.PresharedKey!.Reveal(), $"{phone.Endpoints[0]}", phone.PersistentKeepalive!.Value.TotalSeconds));
        Assert.Null(Apply(false, new PeerChange(A) { PresharedKey = Secret(0) })[0].PresharedKey);
    }

    [Fact]
    public void Peer_whose_endpoint_is_set_should_be_there_though_it_is_the_one_it_had()
    {
        var change = new InterfaceChange { Peers = [new PeerChange(A) { Endpoint = InetEndpoint.TryParse("192.0.2.1:5", out var endpoint) ? endpoint : default }, new PeerChange(B)] };
        var once = PeerChanges.Apply(Own, Before, change);
        var twice = PeerChanges.Apply(Own, once.Peers, change);
        Assert.Equal(once.Peers[0].Endpoints, twice.Peers[0].Endpoints);
        Assert.Equal([(A, endpoint)], twice.Located.Select(one => (one.Key, one.Value)));
    }

    [Fact]
    public void New_peer_should_be_made_unless_it_is_us_or_is_only_to_be_changed()
    {
        var peers = Apply(false, new PeerChange(Key(3)), new PeerChange(Own), new PeerChange(Key(4)) { UpdatesOnly = true });
        Assert.Equal(["laptop", "phone", Key(3).ToString()[..8]], peers.Select(peer => peer.Name));
    }

    [Fact]
    public void Peers_should_be_removed_and_replaced()
    {
        Assert.Equal(["phone"], Apply(false, new PeerChange(A) { Removes = true }, new PeerChange(Key(5)) { Removes = true }).Select(peer => peer.Name));
        Assert.Equal([Key(3)], Apply(true, new PeerChange(Key(3))).Select(peer => peer.PublicKey));
        Assert.Empty(Apply(true));
    }

    [Fact]
    public void Network_should_belong_to_whom_it_was_given_last()
    {
        var peers = Apply(false, new PeerChange(B) { AllowedIps = [Ip("10.61.0.2/32"), Ip("10.9.9.9/8")] });
        Assert.Equal([], NetworksOf(peers[0]));
        Assert.Equal(["10.61.0.3/32", "10.61.0.2/32", "10.0.0.0/8"], NetworksOf(peers[1]));
    }

    [Fact]
    public void Networks_should_be_replaced_and_removed()
    {
        Assert.Equal(["fd61::/64"], NetworksOf(Apply(false, new PeerChange(A) { ReplacesAllowedIps = true, AllowedIps = [Ip("fd61::1/64")] })[0]));
        Assert.Equal([], NetworksOf(Apply(false, new PeerChange(A) { AllowedIps = [Ip("10.61.0.2/32", removes: true)] })[0]));
    }
}
