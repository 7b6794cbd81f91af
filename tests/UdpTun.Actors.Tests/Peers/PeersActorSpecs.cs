using UdpTun.Actors.Messages;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.Tests.Peers;

/// <summary>The peers' parent; the test is the UDP end.</summary>
public sealed class PeersActorSpecs : PatientTestKit
{
    private static readonly InetEndpoint Place = PacketBuilder.Endpoint("198.51.100.1:1");

    [Fact]
    public async Task Change_should_be_answered_when_the_packet_half_has_done_all_of_it()
    {
        using var own = SecretKey.GeneratePrivate();
        using var theirs = SecretKey.GeneratePrivate();
        var settings = new PeerSettings("phone", theirs.ToPublic(), null, PeerSettings.Everything, [], null);
        using var end = new SecureEnd(new SecureSettings(own, [settings]), 1420, TimeProvider.System);
        end.Udp[0] = TestActor;
        var peers = Sys.ActorOf(PeersActor.Props(end, new HandshakeInbox(), TestLine.Create(new RecordingLoop())));
        Assert.IsType<SecureCommand.UsePeers>((await ExpectMsgAsync<ForTransport>()).Command);
        var asker = CreateTestProbe();

        peers.Tell(new ApplyPeers([settings]) { Located = new Dictionary<PublicKey, InetEndpoint> { [settings.PublicKey] = Place } }, asker);
        peers.Tell(ReachPacketHalves.Instance, asker);

        Assert.Equal(Place, Assert.IsType<SecureCommand.MoveTo>((await ExpectMsgAsync<ForTransport>()).Command).Endpoint);
        Assert.IsType<SecureCommand.UsePeers>((await ExpectMsgAsync<ForTransport>()).Command);
        await ExpectMsgAsync<ReachPacketHalves>();
        await asker.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        LastSender.Tell(PacketHalvesReached.Instance, TestActor);
        await asker.ExpectMsgAsync<PacketHalvesReached>();
    }

    [Fact]
    public async Task Peer_should_be_where_it_is_said_to_be_when_our_key_changes_with_it()
    {
        using var own = SecretKey.GeneratePrivate();
        using var other = SecretKey.GeneratePrivate();
        using var theirs = SecretKey.GeneratePrivate();
        var settings = new PeerSettings("phone", theirs.ToPublic(), null, PeerSettings.Everything, [], null);
        using var end = new SecureEnd(new SecureSettings(own, [settings]), 1420, TimeProvider.System) { WaitsForPackets = true };
        end.Udp[0] = TestActor;
        var peers = Sys.ActorOf(PeersActor.Props(end, new HandshakeInbox(), TestLine.Create(new RecordingLoop())));
        Assert.IsType<SecureCommand.UsePeers>((await ExpectMsgAsync<ForTransport>()).Command);

        peers.Tell(new UsePrivateKey(other, new ApplyPeers([settings]) { Located = new Dictionary<PublicKey, InetEndpoint> { [settings.PublicKey] = Place } }), TestActor);

        Assert.IsType<SecureCommand.UseName>((await ExpectMsgAsync<ForTransport>()).Command);
        var table = Assert.IsType<SecureCommand.UsePeers>((await ExpectMsgAsync<ForTransport>()).Command).Peers;
        Assert.Equal(Place, Assert.Single(table.Sessions).Endpoint);
    }
}
