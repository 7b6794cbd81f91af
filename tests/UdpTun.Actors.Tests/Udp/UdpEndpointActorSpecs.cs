using Akka.Actor;
using Akka.TestKit;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Actors.Udp;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Testing.Io;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.Tests.Udp;

public sealed class UdpEndpointActorSpecs : PatientTestKit
{
    private static readonly byte[] Packet = PacketBuilder.EchoRequest("10.0.0.1", "203.0.113.1", 7);
    private static readonly InetEndpoint Remote = PacketBuilder.Endpoint("10.9.0.1:40000");

    private readonly RecordingLoop _loop = new();
    private readonly InMemoryUdpSocket _socket = new(PacketBuilder.Endpoint("10.9.0.9:9877"));
    private readonly LineContext _line;
    private readonly TestProbe _guardian;
    private readonly TestProbe _feeder;
    private readonly IActorRef _endpoint;

    public UdpEndpointActorSpecs()
    {
        _line = TestLine.Create(_loop);
        (_guardian, _feeder) = (CreateTestProbe(), CreateTestProbe());
        _endpoint = _guardian.ChildActorOf(UdpEndpointActor.Props(_line, new PlainTransport()), TunnelSupervision.OfParts(Log));
    }

    [Fact]
    public async Task Endpoint_should_deliver_whole_packets_and_count_noise_by_reason()
    {
        await OpenAsync();
        _socket.Arrive(Remote, Packet);
        _socket.Arrive(Remote, [0x99, 1, 2]);
        _socket.Arrive(Remote, Packet[..10]);
        _socket.Arrive(Remote, [.. Packet, 0]);
        _endpoint.Tell(ReadReady.Instance);
        var burst = await ExpectMsgAsync<byte[][]>();
        Assert.Equal([Packet, [], [], []], burst);
        Assert.Equal((1L, 1L, 1L), (_line.Drops[DropReason.NotIp], _line.Drops[DropReason.Truncated], _line.Drops[DropReason.BadLength]));
    }

    [Fact]
    public async Task Endpoint_should_say_once_what_the_socket_can_do_however_often_it_is_told_of_it() =>
        await EventFilter.Info(start: "offload at").ExpectOneAsync(async () =>
        {
            await OpenAsync();
            await OpenAsync();
        });

    [Fact]
    public async Task Endpoint_should_send_each_batch_to_its_remote()
    {
        await OpenAsync();
        var other = PacketBuilder.Endpoint("10.9.0.2:40000");
        Feed(Remote, Packet);
        Feed(other, [1]);
        await AwaitAssertAsync(() =>
            Assert.Equal([(Packet, Remote), ([1], other)], _socket.Sent.Select(sent => (sent.Bytes, sent.Remote)), Same));
        await AwaitAssertAsync(() => Assert.Equal(0, _line.Pool.Outstanding));
    }

    [Fact]
    public async Task Endpoint_should_carry_the_traffic_class_out_and_congestion_in()
    {
        await OpenAsync();
        Feed(Remote, WithClass(0xBA));
        await AwaitAssertAsync(() => Assert.Equal(0xBA, Assert.Single(_socket.Sent).OuterClass.Value));

        _socket.Arrive(Remote, WithClass(0xBA), new TrafficClass(TrafficClass.Ce));
        _socket.Arrive(Remote, WithClass(0xB8), new TrafficClass(TrafficClass.Ce));
        _endpoint.Tell(ReadReady.Instance);

        Assert.Equal([WithClass(0xBB), []], await ExpectMsgAsync<byte[][]>());
        Assert.Equal(1, _line.Drops[DropReason.CongestionUntold]);
    }

    [Fact]
    public async Task Endpoint_should_keep_each_peers_last_handshake_message_until_there_is_a_socket()
    {
        var (own, theirs) = (SecretKey.GeneratePrivate(), SecretKey.GeneratePrivate());
        var seen = new Dictionary<PublicKey, InetEndpoint> { [theirs.ToPublic()] = Remote };
        var peer = new PeerSettings("server", theirs.ToPublic(), null, PeerSettings.Everything, [], null);
        using var end = new SecureEnd(new SecureSettings(own, [peer]), 1420, TimeProvider.System, seen);
        var endpoint = CreateTestProbe().ChildActorOf(UdpEndpointActor.Props(_line, end.Transport), TunnelSupervision.OfParts(Log));
        foreach (var message in (byte[][])[[1], [2]]) endpoint.Tell(Call(message));
        endpoint.Tell(new UdpOpened(_socket, new RecordingRoute(TestActor)));
        await AwaitAssertAsync(() => Assert.Equal([2], Assert.Single(_socket.Sent).Bytes));

        endpoint.Tell(Call([3]));
        await AwaitAssertAsync(() => Assert.Equal([[2], [3]], _socket.Sent.Select(sent => sent.Bytes)));

        ForTransport Call(byte[] message) => new(new SecureCommand.SendHandshake(end.SessionOf(theirs.ToPublic())!, message, null));
    }

    [Fact]
    public async Task Endpoint_should_pause_the_feeder_when_the_socket_is_full_and_resume_it_when_there_is_room()
    {
        await OpenAsync();
        _socket.WriteRoom = 0;
        Feed(Remote, Packet);
        await _feeder.ExpectMsgAsync<PauseReading>();
        _socket.WriteRoom = 10;
        _endpoint.Tell(WriteReady.Instance);
        await _feeder.ExpectMsgAsync<ResumeReading>();
        Assert.Single(_socket.Sent);
    }

    [Fact]
    public async Task Endpoint_should_close_a_lost_socket_and_tell_its_parent()
    {
        await OpenAsync();
        _socket.Condition = IoStatus.Lost;
        _endpoint.Tell(ReadReady.Instance);
        var lost = await _guardian.FishForMessageAsync<DeviceLost>(_ => true);
        Assert.Same(_socket, lost.Device);
        Assert.True(_socket.IsDisposed);
    }

    [Fact]
    public async Task Endpoint_should_keep_its_socket_over_a_restart()
    {
        _socket.Arrive(Remote, Packet);
        _endpoint.Tell(new UdpOpened(_socket, new ThrowingRoute()));
        _endpoint.Tell(ReadReady.Instance);
        await _guardian.ExpectMsgAsync<GetDevice>();
        await _guardian.ExpectMsgAsync<GetDevice>();
        Assert.False(_socket.IsDisposed);
        Assert.Equal(0, _line.Pool.Outstanding);
    }

    private static bool Same((byte[] Bytes, InetEndpoint Remote) left, (byte[] Bytes, InetEndpoint Remote) right) =>
        left.Remote == right.Remote && left.Bytes.AsSpan().SequenceEqual(right.Bytes);

    private static byte[] WithClass(byte value)
    {
        byte[] packet = [.. Packet];
        packet[1] = value;
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }

    private async Task OpenAsync()
    {
        _endpoint.Tell(new UdpOpened(_socket, new RecordingRoute(TestActor)));
        await _endpoint.Ask<ActorIdentity>(new Identify(0));
    }

    private void Feed(InetEndpoint remote, byte[] packet)
    {
        var batch = Batches.Of(_line.Pool, Direction.Inbound, packet);
        batch.Packets.Remote = remote;
        _endpoint.Tell(batch, _feeder);
    }
}
