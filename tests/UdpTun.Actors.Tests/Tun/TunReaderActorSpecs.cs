using Akka.Actor;
using Akka.TestKit;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tun;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Io;
using UdpTun.Testing.Io;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Tun;

public sealed class TunReaderActorSpecs : PatientTestKit
{
    private static readonly byte[] Packet = PacketBuilder.EchoRequest("10.0.0.1", "203.0.113.1", 7);

    private readonly RecordingLoop _loop = new();
    private readonly InMemoryTunDevice _tun = new("tun0");
    private readonly LineContext _line;
    private readonly TestProbe _guardian;
    private readonly IActorRef _reader;

    public TunReaderActorSpecs()
    {
        _line = TestLine.Create(_loop);
        _guardian = CreateTestProbe();
        _reader = _guardian.ChildActorOf(TunReaderActor.Props(_line), TunnelSupervision.OfParts(Log));
    }

    [Fact]
    public async Task Reader_should_ask_for_its_device_when_it_starts()
    {
        await _guardian.ExpectMsgAsync<GetDevice>();
    }

    [Fact]
    public async Task Reader_should_deliver_what_is_ready_and_release_its_hold()
    {
        await OpenAsync();
        _tun.Arrive(Packet);
        _tun.Arrive(Packet);
        _reader.Tell(ReadReady.Instance);
        var burst = await ExpectMsgAsync<byte[][]>();
        Assert.Equal([Packet, Packet], burst);
        await AwaitAssertAsync(() => Assert.Equal(0, _line.Pool.Outstanding));
        Assert.Equal((2L, 2L * Packet.Length), (_line.Traffic.FromTun.Packets, _line.Traffic.FromTun.Bytes));
    }

    [Fact]
    public async Task Reader_should_close_a_lost_device_and_tell_its_parent_when_a_read_says_so()
    {
        await OpenAsync();
        _tun.Condition = IoStatus.Lost;
        _reader.Tell(ReadReady.Instance);
        var lost = await _guardian.FishForMessageAsync<DeviceLost>(_ => true);
        Assert.Equal((_tun, IoStatus.Lost), (lost.Device, lost.Status));
        Assert.True(_tun.IsDisposed);
        Assert.False(_loop.IsRead(_tun));
    }

    [Fact]
    public async Task Reader_should_stop_reading_until_every_full_writer_has_room_again()
    {
        await OpenAsync();
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        _reader.Tell(PauseReading.Instance, first);
        _reader.Tell(PauseReading.Instance, second);
        await AwaitAssertAsync(() => Assert.False(_loop.IsRead(_tun)));
        _reader.Tell(ResumeReading.Instance, first);
        await OpenAsync(); // a message later, it still waits for the second
        Assert.False(_loop.IsRead(_tun));
        _reader.Tell(ResumeReading.Instance, second);
        await AwaitAssertAsync(() => Assert.True(_loop.IsRead(_tun)));
    }

    [Fact]
    public async Task Reader_should_leave_packets_in_the_kernel_when_no_buffer_is_free()
    {
        await OpenAsync();
        while (_line.Pool.TryLease(out _))
        {
        }

        _tun.Arrive(Packet);
        _reader.Tell(ReadReady.Instance);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, _tun.Pending);
    }

    [Fact]
    public async Task Reader_should_keep_its_device_open_over_a_restart_and_ask_for_it_again()
    {
        await OpenAsync(new ThrowingRoute());
        _tun.Arrive(Packet);
        _reader.Tell(ReadReady.Instance);
        await _guardian.ExpectMsgAsync<GetDevice>();
        await _guardian.ExpectMsgAsync<GetDevice>();
        Assert.False(_tun.IsDisposed);
        Assert.Equal(0, _line.Pool.Outstanding);
        await OpenAsync();
        _tun.Arrive(Packet);
        _reader.Tell(ReadReady.Instance);
        await ExpectMsgAsync<byte[][]>();
    }

    [Fact]
    public async Task Reader_should_close_its_device_when_it_is_stopped()
    {
        await OpenAsync();
        Sys.Stop(_reader);
        await AwaitAssertAsync(() => Assert.True(_tun.IsDisposed));
    }

    private async Task OpenAsync(Actors.Routes.IBurstRoute? route = null)
    {
        _reader.Tell(new TunOpened(_tun, route ?? new RecordingRoute(TestActor)));
        await _reader.Ask<ActorIdentity>(new Identify(0));
    }
}
