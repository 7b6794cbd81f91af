using Akka.Actor;
using Akka.TestKit;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Nat;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Nat;

public sealed class GatewayActorSpecs : PatientTestKit
{
    private readonly TestNat _nat = new();
    private readonly LineContext _line = TestLine.Create(new RecordingLoop(), clock: new ManualClock());
    private readonly TestProbe _udp;
    private readonly IActorRef _gateway;

    public GatewayActorSpecs()
    {
        _udp = CreateTestProbe();
        _gateway = Sys.ActorOf(GatewayActor.Props(_udp, _nat.PortMapper, new PeerPings(_line, _udp, _nat.Peers, [TestNat.Gateway]), _line), "gateway");
    }

    [Fact]
    public async Task Gateway_should_answer_echo()
    {
        _gateway.Tell(Batch(PacketBuilder.Icmp(InetAddress.Parse("10.61.0.2"), TestNat.Gateway, IcmpType.EchoRequest, 7, 1, "ping"u8)));
        var reply = await _udp.ExpectMsgAsync<FlowBatch>();
        Assert.Equal(DropReason.None, PacketParser.Parse(reply.Packets.Packet(0), out var key));
        Assert.Equal((TestNat.Gateway, (ushort)7), (key.Source.Address, key.Destination.Port));
        reply.Packets.Release();
        Assert.Equal(0, _line.Pool.Outstanding);
    }

    [Fact]
    public async Task Gateway_should_answer_port_requests_each_and_drop_what_is_none()
    {
        byte[] map80 = [0, 2, 0, 0, 0, 80, 0, 0, 0, 0, 14, 16], map81 = [0, 2, 0, 0, 0, 81, 0, 0, 0, 0, 14, 16];
        _gateway.Tell(Batch(PortRequest(map80), PortRequest([1]), PortRequest(map81)));
        for (var i = 0; i < 2; i++)
        {
            var answer = await _udp.ExpectMsgAsync<FlowBatch>();
            Assert.Equal(20 + 8 + 16, answer.Packets[0].Length);
            Assert.Equal(DropReason.None, PacketParser.Parse(answer.Packets.Packet(0), out var key));
            Assert.Equal(new FlowKey(IpProtocol.Udp, new InetEndpoint(TestNat.Gateway, 5351), PacketBuilder.Endpoint("10.61.0.2:5000")), key);
            answer.Packets.Release();
        }

        (await _udp.ExpectMsgAsync<FlowBatch>()).Packets.Release(); // the requests' own batch, empty by now

        Assert.Equal((2, 1), (_nat.Table.MappingsOf(new PeerId(9)), _line.Drops[DropReason.BadPortRequest]));
    }

    [Fact]
    public async Task Gateway_should_drop_everything_else()
    {
        _gateway.Tell(Batch(PacketBuilder.Udp("10.61.0.2:5000", $"{TestNat.Gateway}:53", "question"u8)));
        (await _udp.ExpectMsgAsync<FlowBatch>()).Packets.Release();
        Assert.Equal((1, 0), (_line.Drops[DropReason.NotEchoRequest], _line.Pool.Outstanding));
    }

    private static byte[] PortRequest(byte[] payload) => PacketBuilder.Udp("10.61.0.2:5000", $"{TestNat.Gateway}:5351", payload);

    private FlowBatch Batch(params byte[][] packets)
    {
        Assert.Equal(DropReason.None, PacketParser.Parse(packets[0], out var key));
        return Batches.Of(_line.Pool, Direction.Outbound, key, new PeerId(9), packets);
    }
}
