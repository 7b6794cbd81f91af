using System.Diagnostics;
using UdpTun.Linux.Polling;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Testing.Memory;

namespace UdpTun.Linux.Tests.Polling;

/// <summary>Two sockets on loopback: what one sends makes the other readable.</summary>
public sealed class EpollPollerTests : IDisposable
{
    private readonly EpollPoller _poller = new();
    private readonly IUdpSocket _left = Socket();
    private readonly IUdpSocket _right = Socket();
    private readonly PollEvent[] _ready = new PollEvent[8];

    public void Dispose()
    {
        _poller.Dispose();
        _left.Dispose();
        _right.Dispose();
    }

    [Fact]
    public void Wait_should_return_at_once_when_nothing_is_ready_and_time_is_zero()
    {
        _poller.Add(_right, 1, PollInterest.Read);

        Assert.Equal(0, _poller.Wait(_ready, 0));
    }

    [Fact]
    public void Wait_should_report_a_source_for_as_long_as_something_is_left()
    {
        _poller.Add(_right, 42, PollInterest.Read);
        Send();

        Assert.Equal(1, _poller.Wait(_ready, 1000));
        Assert.Equal(new PollEvent(42, Readable: true, Writable: false), _ready[0]);
        Assert.Equal(1, _poller.Wait(_ready, 0));
        _right.Receive(TestPackets.Burst());
        Assert.Equal(0, _poller.Wait(_ready, 0));
    }

    [Fact]
    public void Change_should_replace_what_is_waited_for()
    {
        _poller.Add(_right, 1, PollInterest.Read);
        _poller.Change(_right, -2, PollInterest.Write);
        Send();

        Assert.Equal(1, _poller.Wait(_ready, 1000));
        Assert.Equal(new PollEvent(-2, Readable: false, Writable: true), _ready[0]);
        _poller.Change(_right, -2, PollInterest.None);
        Assert.Equal(0, _poller.Wait(_ready, 0));
    }

    [Fact]
    public void Wait_should_leave_to_the_next_call_what_does_not_fit()
    {
        _poller.Add(_left, 1, PollInterest.Write);
        _poller.Add(_right, 2, PollInterest.Write);

        Assert.Equal(1, _poller.Wait(_ready.AsSpan(0, 1), 1000));
        var first = _ready[0].Token;
        Assert.Equal(1, _poller.Wait(_ready.AsSpan(0, 1), 1000));
        Assert.NotEqual(first, _ready[0].Token);
    }

    [Fact]
    public void Remove_should_be_harmless_for_a_source_that_is_gone_or_unknown()
    {
        _poller.Add(_right, 1, PollInterest.Read);
        _poller.Remove(_right);
        _poller.Remove(_right);
        _poller.Add(_right, 1, PollInterest.Read);
        _right.Dispose();

        _poller.Remove(_right);
        _poller.Remove(_left);
        Assert.Equal(0, _poller.Wait(_ready, 0));
    }

    [Fact]
    public void Wake_should_end_the_next_wait_once_when_called_several_times_before_it()
    {
        _poller.Wake();
        _poller.Wake();
        var clock = Stopwatch.StartNew();

        Assert.Equal(0, _poller.Wait(_ready, 5000));
        Assert.True(clock.ElapsedMilliseconds < 4000);
        clock.Restart();
        Assert.Equal(0, _poller.Wait(_ready, 50));
        Assert.True(clock.ElapsedMilliseconds >= 45, "the wake-up was reported twice");
    }

    [Fact]
    public void Wake_should_end_the_present_wait_when_called_from_another_thread()
    {
        var clock = Stopwatch.StartNew();
        using var waker = new Timer(_ => _poller.Wake(), null, 50, Timeout.Infinite);

        Assert.Equal(0, _poller.Wait(_ready, 10_000));
        Assert.True(clock.ElapsedMilliseconds < 9000);
    }

    [Fact]
    public void Wake_should_be_harmless_after_dispose()
    {
        _poller.Dispose();

        _poller.Wake();
    }

    [Fact]
    public void Wait_should_allocate_nothing()
    {
        _poller.Add(_right, 1, PollInterest.Read);
        Send();

        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            _poller.Wake();
            _poller.Wait(_ready, 0);
        }));
    }

    private static IUdpSocket Socket() => new UdpSocketFactory(new UdpSocketOptions { Bind = new InetEndpoint(InetAddress.Parse("127.0.0.1"), 0) }).Open();

    private void Send() => _left.Send([TestPackets.Batch(_right.LocalEndpoint, [1, 2, 3])], 0);
}
