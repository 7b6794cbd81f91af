using Akka.Actor;
using Akka.TestKit;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tun;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Io;
using UdpTun.Testing.Io;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Tun;

public sealed class TunWriterActorSpecs : PatientTestKit
{
    private static readonly byte[] Packet = PacketBuilder.EchoRequest("10.0.0.1", "203.0.113.1", 7);

    private readonly RecordingLoop _loop = new();
    private readonly InMemoryTunDevice _tun = new("tun0");
    private readonly LineContext _line;
    private readonly TestProbe _guardian;
    private readonly TestProbe _feeder;
    private readonly IActorRef _writer;

    public TunWriterActorSpecs()
    {
        _line = TestLine.Create(_loop, maxBursts: DeviceWriter.Capacity + 100, burstBytes: 2048);
        (_guardian, _feeder) = (CreateTestProbe(), CreateTestProbe());
        _writer = _guardian.ChildActorOf(TunWriterActor.Props(_line));
    }

    [Fact]
    public async Task Writer_should_write_batches_in_order_and_release_them()
    {
        Open();
        Feed(Packet, [1], [2]);
        Feed([3]);
        await AwaitAssertAsync(() => Assert.Equal([Packet, [1], [2], [3]], _tun.Written.Select(written => written.Bytes)));
        await AwaitAssertAsync(() => Assert.Equal(
            (0, 4L, Packet.Length + 3L), (_line.Pool.Outstanding, _line.Traffic.ToTun.Packets, _line.Traffic.ToTun.Bytes)));
    }

    [Fact]
    public async Task Writer_should_say_once_what_the_device_can_do_however_often_it_is_told_of_it() =>
        await EventFilter.Info(start: "offload at tun0").ExpectOneAsync(async () =>
        {
            Open();
            Open();
            await _writer.Ask<ActorIdentity>(new Identify(0));
        });

    [Fact]
    public async Task Writer_should_skip_packets_that_were_dropped_on_the_line()
    {
        Open();
        var batch = Batches.Of(_line.Pool, Direction.Outbound, [1], [2]);
        batch.Packets.Drop(0);
        _writer.Tell(batch, _feeder);
        await AwaitAssertAsync(() => Assert.Equal(1, _line.Traffic.ToTun.Packets));
        Assert.Equal([2], Assert.Single(_tun.Written).Bytes);
    }

    [Fact]
    public async Task Writer_should_keep_the_rest_and_pause_its_feeder_when_the_device_is_full_until_there_is_room()
    {
        Open();
        _tun.WriteRoom = 1;
        Feed([1], [2], [3]);
        await _feeder.ExpectMsgAsync<PauseReading>();
        Assert.True(_loop.IsAwaitedForRoom(_tun));
        Feed([4]);
        _tun.WriteRoom = 100;
        _writer.Tell(WriteReady.Instance);
        await _feeder.ExpectMsgAsync<ResumeReading>();
        Assert.Equal([[1], [2], [3], [4]], _tun.Written.Select(written => written.Bytes));
        Assert.False(_loop.IsAwaitedForRoom(_tun));
        Assert.Equal(0, _line.Pool.Outstanding);
    }

    [Fact]
    public async Task Writer_should_ask_for_room_no_longer_when_it_has_nothing_to_write()
    {
        Open();
        _loop.WatchWrites(_tun, _writer); // as a life before a restart left it
        _writer.Tell(WriteReady.Instance);
        await AwaitAssertAsync(() => Assert.False(_loop.IsAwaitedForRoom(_tun)));
    }

    [Fact]
    public async Task Writer_should_bound_what_it_keeps_and_count_the_rest_when_the_device_stays_full()
    {
        Open();
        _tun.WriteRoom = 0;
        for (var i = 0; i < DeviceWriter.Capacity + 88; i++) Feed([1]);
        await AwaitAssertAsync(() => Assert.Equal((88L, DeviceWriter.Capacity), (_line.Drops[DropReason.QueueFull], _line.Pool.Outstanding)));
    }

    [Fact]
    public async Task Writer_should_drop_and_count_while_it_has_no_device()
    {
        Feed([1], [2]);
        await AwaitAssertAsync(() => Assert.Equal((2L, 0), (_line.Drops[DropReason.DeviceDown], _line.Pool.Outstanding)));
    }

    [Theory]
    [InlineData(IoStatus.Down)]
    [InlineData(IoStatus.Lost)]
    public async Task Writer_should_tell_its_parent_and_release_everything_when_the_device_fails(IoStatus condition)
    {
        Open();
        _tun.Condition = condition;
        Feed([1], [2]);
        var lost = await _guardian.FishForMessageAsync<DeviceLost>(_ => true);
        Assert.Equal((_tun, condition), (lost.Device, lost.Status));
        Assert.Equal((0, 2L), (_line.Pool.Outstanding, _line.Drops[DropReason.DeviceDown]));
        Assert.False(_tun.IsDisposed); // the reader owns it
    }

    private void Open() => _writer.Tell(new TunOpened(_tun, new RecordingRoute(TestActor)));

    private void Feed(params byte[][] packets) => _writer.Tell(Batches.Of(_line.Pool, Direction.Outbound, packets), _feeder);
}
