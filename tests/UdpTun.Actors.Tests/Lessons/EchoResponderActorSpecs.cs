using Akka.Actor;
using UdpTun.Actors.Lessons;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Lessons;

public sealed class EchoResponderActorSpecs : PatientTestKit
{
    private readonly LineContext _line = TestLine.Create(new RecordingLoop());

    [Fact]
    public async Task Responder_should_answer_requests_and_drop_everything_else()
    {
        var responder = Sys.ActorOf(EchoResponderActor.Props(TestActor, _line.Drops));
        responder.Tell(Batches.Of(_line.Pool, Direction.Outbound,
            PacketBuilder.EchoRequest("10.0.0.1", "203.0.113.1", 7, 1, "payload"u8),
            PacketBuilder.Udp("10.0.0.1:5000", "203.0.113.1:53"),
            PacketBuilder.EchoRequest("fd00::1", "2001:db8::1", 8)));
        var answer = await ExpectMsgAsync<FlowBatch>();
        Assert.Equal(
            [PacketBuilder.EchoReply("203.0.113.1", "10.0.0.1", 7, 1, "payload"u8), [], PacketBuilder.EchoReply("2001:db8::1", "fd00::1", 8)],
            Enumerable.Range(0, 3).Select(i => answer.Packets.Packet(i).ToArray()));
        Assert.Equal(1, _line.Drops[DropReason.NotEchoRequest]);
        answer.Packets.Release();
        Assert.Equal(0, _line.Pool.Outstanding);
    }
}
