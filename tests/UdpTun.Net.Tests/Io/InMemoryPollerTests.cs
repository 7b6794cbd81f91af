using UdpTun.Net.Buffers;
using UdpTun.Net.Io;
using UdpTun.Testing.Io;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Io;

/// <summary>The fakes must keep the contracts that the line's tests take for granted.</summary>
public sealed class InMemoryPollerTests : IDisposable
{
    private const int Token = 7;
    private static readonly byte[] Packet = PacketBuilder.Udp("10.61.0.2:1", "203.0.113.1:2");

    private readonly PacketPool _pool = new(2);
    private readonly InMemoryTunDevice _tun = new();
    private readonly InMemoryPoller _poller = new();
    private readonly PollEvent[] _ready = new PollEvent[4];

    public void Dispose() => _poller.Dispose();

    private PollEvent[] Look() => _ready[.._poller.Wait(_ready, 0)];

    [Fact]
    public void Poller_should_report_a_packet_until_it_is_read()
    {
        _poller.Add(_tun, Token, PollInterest.Read);
        Assert.Empty(Look());
        _tun.Arrive(Packet);
        Assert.Equal([new PollEvent(Token, true, false)], Look());
        Assert.Equal([new PollEvent(Token, true, false)], Look());
        Assert.True(_pool.TryLease(out var burst));
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 1, 0), _tun.Read(burst));
        Assert.Equal(Packet, burst.Packet(0).ToArray());
        Assert.Empty(Look());
    }

    [Fact]
    public void Poller_should_report_a_lost_device_whatever_the_interest_and_forget_a_removed_one()
    {
        _poller.Add(_tun, Token, PollInterest.Read);
        _poller.Change(_tun, Token, PollInterest.None);
        _tun.Arrive(Packet);
        Assert.Empty(Look());
        _tun.Condition = IoStatus.Lost;
        Assert.Equal([new PollEvent(Token, true, false)], Look());
        _poller.Remove(_tun);
        _poller.Remove(_tun);
        Assert.Empty(Look());
    }

    /// <summary>As when the thread is not let run in between.</summary>
    [Fact]
    public async Task Look_should_end_when_it_takes_a_while_itself()
    {
        using var poller = new InMemoryPoller(new HurryingClock());
        Assert.Equal(0, await Task.Run(() => poller.Wait(_ready, 0)).WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Wait_should_end_when_another_thread_wakes_it_or_a_packet_arrives()
    {
        _poller.Add(_tun, Token, PollInterest.Read);
        var wait = Task.Run(() => _poller.Wait(_ready, -1));
        _poller.Wake();
        Assert.Equal(0, await wait.WaitAsync(TimeSpan.FromSeconds(10)));
        wait = Task.Run(() => _poller.Wait(_ready, -1));
        _tun.Arrive(Packet);
        Assert.Equal(1, await wait.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Write_should_stop_at_the_room_and_go_on_from_there()
    {
        var burst = _pool.LeaseWith(Packet, Packet, Packet, Packet);
        PacketBatch[] queue = [burst.Share(0, 2), burst.Share(2, 2)];
        queue[0].Drop(0);
        _tun.WriteRoom = 2;
        _poller.Add(_tun, Token, PollInterest.Write);
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 3, 0), _tun.Write(queue, 0));
        Assert.Empty(Look());
        _tun.WriteRoom = int.MaxValue;
        Assert.Equal([new PollEvent(Token, false, true)], Look());
        Assert.Equal(new IoResult(IoStatus.Ok, 1, 0), _tun.Write(queue.AsSpan(1), 1));
        Assert.Equal(3, _tun.Written.Count);
    }

    [Theory]
    [InlineData(IoStatus.WouldBlock)]
    [InlineData(IoStatus.Down)]
    [InlineData(IoStatus.Lost)]
    public void Write_should_answer_the_condition(IoStatus condition)
    {
        var burst = _pool.LeaseWith(Packet);
        _tun.Condition = condition;
        Assert.Equal(new IoResult(condition, 0, 0), _tun.Write([burst.Share(0, 1)], 0));
        Assert.Equal(0, _tun.WrittenCount);
    }

    [Fact]
    public void Socket_should_tell_sender_and_receiver()
    {
        var (here, there) = (PacketBuilder.Endpoint("10.0.0.1:9877"), PacketBuilder.Endpoint("10.0.0.2:5"));
        var socket = new InMemoryUdpSocket(here);
        socket.Arrive(there, Packet);
        Assert.True(_pool.TryLease(out var burst));
        socket.Receive(burst);
        Assert.Equal(there, burst.Remotes[0]);
        socket.Send([burst.Share(0, 1, there)], 0);
        Assert.Equal(there, socket.Sent.Single().Remote);
    }

    [Fact]
    public void Factory_should_fail_as_often_as_told_and_then_open()
    {
        var factory = new InMemoryDeviceFactory<InMemoryTunDevice>(number => new InMemoryTunDevice($"tun{number}"));
        factory.FailNext(2);
        Assert.Throws<DeviceUnavailableException>(factory.Open);
        Assert.Throws<DeviceUnavailableException>(factory.Open);
        Assert.Equal("tun1", factory.Open().Name);
        Assert.Equal("tun2", factory.Open().Name);
        Assert.Equal((4, "tun2"), (factory.Attempts, factory.Current!.Name));
    }

    [Fact]
    public void Waiting_and_writing_should_allocate_nothing_when_nothing_is_recorded()
    {
        _poller.Add(_tun, Token, PollInterest.Read | PollInterest.Write);
        _tun.Recording = false;
        var burst = _pool.LeaseWith(Packet);
        PacketBatch[] queue = [burst.Share(0, 1)];
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            _poller.Wait(_ready, 0);
            _tun.Write(queue, 0);
        }));
    }

    /// <summary>Every look at it takes a millisecond.</summary>
    private sealed class HurryingClock : TimeProvider
    {
        private long _milliseconds;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _milliseconds++;
    }
}
