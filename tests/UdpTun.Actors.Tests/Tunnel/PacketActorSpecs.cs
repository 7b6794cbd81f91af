using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Tests.Tunnel;

public sealed class PacketActorSpecs : PatientTestKit
{
    private readonly LineContext _line = TestLine.Create(new RecordingLoop());

    [Fact]
    public async Task Batch_should_be_released_and_counted_once_when_the_handler_throws()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Hands(_line.Drops, TestActor)));
        actor.Tell(Batch(Direction.Inbound, packets: 3));
        await AwaitAssertAsync(() => Assert.Equal((0, 3L), (_line.Pool.Outstanding, _line.Drops[DropReason.ActorFailed])));
    }

    [Fact]
    public async Task Batch_should_be_released_when_the_handler_neither_passes_nor_keeps_it()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Hands(_line.Drops, ActorRefs.Nobody)));
        actor.Tell(Batch(Direction.Outbound, packets: 1));
        await AwaitAssertAsync(() => Assert.Equal((0, 0L), (_line.Pool.Outstanding, _line.Drops.Total)));
    }

    [Fact]
    public async Task Batch_should_stay_leased_and_keep_its_reader_as_sender_when_it_is_passed_on()
    {
        var reader = CreateTestProbe();
        var actor = Sys.ActorOf(Props.Create(() => new Hands(_line.Drops, TestActor)));
        actor.Tell(Batch(Direction.Outbound, packets: 1), reader);
        var passed = await ExpectMsgAsync<FlowBatch>();
        Assert.Equal((1, reader.Ref), (_line.Pool.Outstanding, LastSender));
        passed.Packets.Release();
        Assert.Equal(0, _line.Pool.Outstanding);
    }

    [Fact]
    public void Batch_should_refuse_to_be_released_twice()
    {
        var batch = Batch(Direction.Outbound, packets: 1);
        batch.Packets.Release();
        Assert.Throws<InvalidOperationException>(batch.Packets.Release);
    }

    private FlowBatch Batch(Direction direction, int packets)
    {
        Assert.True(_line.Pool.TryLease(out var burst));
        for (var i = 0; i < packets; i++) burst.Append(20);
        var batch = new FlowBatch(burst.Share(0, packets), default, default, direction);
        burst.Release();
        return batch;
    }

    /// <summary>Passes outbound batches on, unless there is nobody; throws on inbound ones.</summary>
    private sealed class Hands : PacketActor
    {
        public Hands(DropCounters drops, IActorRef next) : base(drops) => Receive<FlowBatch>(batch =>
        {
            if (batch.Direction == Direction.Inbound) throw new InvalidOperationException("meant to fail");
            if (!next.IsNobody()) Pass(next, batch);
        });
    }
}
