using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tests.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Io;
using UdpTun.Testing.Io;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Tunnel;

/// <summary>The guardian over a client's line with in-memory ends, in virtual time.</summary>
public sealed class TunnelGuardianSpecs : PatientTestKit
{
    private static readonly Config VirtualTime =
        ConfigurationFactory.ParseString("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"");

    private static readonly ReopenSettings Reopen =
        new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

    private readonly RecordingLoop _loop = new();
    private readonly InMemoryDeviceFactory<InMemoryTunDevice> _tuns = new(number => new InMemoryTunDevice($"tun{number}"));
    private readonly InMemoryDeviceFactory<InMemoryUdpSocket> _sockets = new(_ => new InMemoryUdpSocket(default));
    private readonly LineContext _line;

    public TunnelGuardianSpecs() : base(VirtualTime)
    {
        _line = TestLine.Create(_loop);
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task Guardian_should_build_the_tree_open_both_ends_and_say_that_it_is_ready()
    {
        var guardian = Start();
        await guardian.Ask<TunnelReady>(WaitUntilReady.Instance);
        await AwaitAssertAsync(() => Assert.True(_loop.IsRead(_tuns.Current!) && _loop.IsRead(_sockets.Current!)));
        foreach (var part in new[] { "tun-reader", "tun-writer", "udp" })
            Assert.NotNull((await Sys.ActorSelection(guardian.Path / part).Ask<ActorIdentity>(new Identify(0))).Subject);
    }

    [Fact]
    public async Task Guardian_should_tell_whoever_waits_when_the_first_opening_fails()
    {
        _tuns.FailNext();
        var failed = await Start().Ask<TunnelFailed>(WaitUntilReady.Instance);
        Assert.IsType<DeviceUnavailableException>(failed.Reason);
    }

    [Fact]
    public async Task Guardian_should_open_a_lost_device_again_with_a_growing_pause()
    {
        var guardian = await ReadyAsync();
        _tuns.FailNext(2);
        await LoseTunAsync(guardian);
        await TryAfterAsync(TimeSpan.FromMilliseconds(200), attempts: 2);
        await WarningAsync("cannot be opened");
        await TryAfterAsync(TimeSpan.FromMilliseconds(400), attempts: 3);
        await WarningAsync("cannot be opened");
        await TryAfterAsync(TimeSpan.FromMilliseconds(800), attempts: 4);
        await AwaitAssertAsync(() => Assert.True(_loop.IsRead(_tuns.Opened[1])));
        Assert.True(_tuns.Opened[0].IsDisposed);
    }

    [Fact]
    public async Task Guardian_should_start_with_the_shortest_pause_again_after_a_success()
    {
        var guardian = await ReadyAsync();
        for (var loss = 1; loss <= 3; loss++)
        {
            await LoseTunAsync(guardian);
            await TryAfterAsync(TimeSpan.FromMilliseconds(200), attempts: 1 + loss);
            await AwaitAssertAsync(() => Assert.True(_loop.IsRead(_tuns.Opened[loss])));
        }
    }

    [Fact]
    public async Task Guardian_should_replace_a_device_that_looks_sound_but_is_not()
    {
        await ReadyAsync();
        _tuns.Healthy = false;
        Time.Advance(Reopen.CheckInterval);
        await WarningAsync("is down or gone");
        Assert.True(_tuns.Opened[0].IsDisposed);
        _tuns.Healthy = true;
        await TryAfterAsync(Reopen.MinBackoff, attempts: 2);
    }

    [Theory]
    [InlineData("tun-reader")]
    [InlineData("tun-writer")]
    [InlineData("udp")]
    public async Task Parts_should_come_back_with_their_devices_when_they_are_killed_by_a_failure(string part)
    {
        var guardian = await ReadyAsync();
        Sys.ActorSelection(guardian.Path / part).Tell(Kill.Instance);
        await AwaitAssertAsync(async () =>
        {
            _tuns.Current!.Arrive(PacketBuilder.EchoRequest("10.0.0.1", "203.0.113.1", 7));
            Sys.ActorSelection(guardian.Path / "tun-reader").Tell(ReadReady.Instance);
            await Task.Yield();
            Assert.NotEmpty(_sockets.Current!.Sent);
        });
        Assert.Equal((1, 1), (_tuns.Attempts, _sockets.Attempts));
    }

    [Fact]
    public async Task Guardian_should_release_and_count_a_batch_whose_receiver_is_gone()
    {
        await ReadyAsync();
        var gone = Sys.ActorOf(Props.Empty);
        await WatchAsync(gone);
        Sys.Stop(gone);
        await ExpectTerminatedAsync(gone);
        gone.Tell(Batches.Of(_line.Pool, Direction.Outbound, [1], [2]));
        await AwaitAssertAsync(() => Assert.Equal((2L, 0), (_line.Drops[DropReason.ActorFailed], _line.Pool.Outstanding)));
    }

    [Fact]
    public async Task Guardian_should_leave_no_device_open_and_no_buffer_leased_when_it_is_stopped()
    {
        var guardian = await ReadyAsync();
        await WatchAsync(guardian);
        Sys.Stop(guardian);
        await ExpectTerminatedAsync(guardian);
        Assert.True(_tuns.Current!.IsDisposed && _sockets.Current!.IsDisposed);
        Assert.Equal(0, _line.Pool.Outstanding);
    }

    [Fact]
    public async Task Guardian_should_rebuild_the_whole_tree_when_it_fails_itself()
    {
        var guardian = await ReadyAsync();
        guardian.Tell(new DeviceKeeper.TryAgain(null!));
        await AwaitAssertAsync(() => Assert.Equal((2, 2), (_tuns.Attempts, _sockets.Attempts)));
        await AwaitAssertAsync(() => Assert.True(_loop.IsRead(_tuns.Current!) && _loop.IsRead(_sockets.Current!)));
    }

    [Fact]
    public async Task Guardian_should_go_by_other_settings_when_it_is_told_so()
    {
        var guardian = await ReadyAsync();
        var settings = ReferenceConfig.Read("udptun.reopen { min-backoff = 60s, max-backoff = 10m, check-interval = 60s }", "udptun.udp.dscp = 46");
        Assert.Empty((await guardian.Ask<SettingsApplied>(new ApplySettings(settings))).Waiting);
        Assert.Equal(46, _line.OuterClass.Dscp);
        await LoseTunAsync(guardian);
        await TryAfterAsync(TimeSpan.FromSeconds(60), attempts: 2);
    }

    [Fact]
    public async Task Guardian_should_open_both_ends_at_once_and_call_itself_ready_when_it_is_warmed_up()
    {
        var warmedUp = new TaskCompletionSource();
        var ready = Start(warmedUp.Task).Ask<TunnelReady>(WaitUntilReady.Instance);
        await AwaitAssertAsync(() => Assert.True(_loop.IsRead(_tuns.Current!) && _loop.IsRead(_sockets.Current!)));
        Assert.False(ready.IsCompleted);

        warmedUp.SetException(new InvalidOperationException("too warm"));
        await ready;
    }

    /// <summary>What the reader lets in may have its answer at once.</summary>
    [Fact]
    public async Task Tun_should_be_written_to_before_it_is_read()
    {
        _loop.Watched = source =>
        {
            if (ReferenceEquals(source, _tuns.Current))
                Sys.ActorSelection("/user/tunnel/tun-writer").Tell(Batches.Of(_line.Pool, Direction.Inbound, PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000")));
        };
        // Each message is handled within the call that tells it.
        Start(Task.CompletedTask, CallingThreadDispatcher.Id);
        await AwaitAssertAsync(() => Assert.Equal((1, 0L), (_tuns.Current?.WrittenCount ?? 0, _line.Drops.Total)));
    }

    private IActorRef Start() => Start(Task.CompletedTask);

    private IActorRef Start(Task warmedUp, string dispatcher = "akka.actor.default-dispatcher") => Sys.ActorOf(TunnelGuardian.Props(new GuardianPlan(
        [
            new Shard(new ClientLine(_tuns, _sockets, new PlainTransport(), PacketBuilder.Endpoint("10.9.0.9:9877")), _line)
            {
                Dispatcher = dispatcher,
            },
        ],
        Reopen, TimeSpan.FromMinutes(1))
    { WarmedUp = warmedUp }), "tunnel");

    private async Task<IActorRef> ReadyAsync()
    {
        var guardian = Start();
        await guardian.Ask<TunnelReady>(WaitUntilReady.Instance);
        await AwaitAssertAsync(() => Assert.True(_loop.IsRead(_tuns.Current!) && _loop.IsRead(_sockets.Current!)));
        return guardian;
    }

    private async Task LoseTunAsync(IActorRef guardian)
    {
        var lost = _tuns.Current!;
        lost.Condition = IoStatus.Lost;
        Sys.ActorSelection(guardian.Path / "tun-reader").Tell(ReadReady.Instance);
        await WarningAsync("is gone");
        Assert.True(lost.IsDisposed);
    }

    /// <summary>Just before the pause is over nothing was tried, just after it was.</summary>
    private async Task TryAfterAsync(TimeSpan pause, int attempts)
    {
        Time.Advance(pause - TimeSpan.FromMilliseconds(10));
        await HandledAsync();
        Assert.Equal(attempts - 1, _tuns.Attempts);
        Time.Advance(TimeSpan.FromMilliseconds(10));
        await AwaitAssertAsync(() => Assert.Equal(attempts, _tuns.Attempts));
    }

    /// <summary>Waits until the guardian has warned, and has finished what it warned about.</summary>
    private async Task WarningAsync(string text)
    {
        await FishForMessageAsync<Warning>(warning => warning.Message.ToString()!.Contains(text, StringComparison.Ordinal));
        await HandledAsync();
        foreach (var part in new[] { "tun-reader", "tun-writer", "udp" })
            await Sys.ActorSelection($"/user/tunnel/{part}").Ask<ActorIdentity>(new Identify(0));
    }

    private async Task HandledAsync() => await Sys.ActorSelection("/user/tunnel").Ask<ActorIdentity>(new Identify(0));
}
