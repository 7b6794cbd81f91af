using UdpTun.Net.Peers;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Sessions;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure.Handshakes;

public sealed class LocalIdentityTests
{
    [Fact]
    public void Stamps_should_get_later_for_each_peer_and_not_run_ahead_for_one_because_many_others_are_called()
    {
        var time = new SharedTime();
        var clock = new VirtualClock(time);
        using var identity = new LocalIdentity(SecretKey.GeneratePrivate(), clock);
        var stamps = Enumerable.Range(0, 100).Select(i => identity.NextStamp(Session(i))).ToList();
        Assert.All(stamps, stamp => Assert.Equal(clock.GetUtcNow(), stamp));

        var one = Session(100);
        Assert.True(identity.NextStamp(one) < identity.NextStamp(one));
    }

    private static PeerSession Session(int number) => new(new Peer(new PeerId(number), $"peer {number}"), SecretKey.GeneratePrivate().ToPublic());
}
