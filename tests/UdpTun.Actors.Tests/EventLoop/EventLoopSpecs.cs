using Akka.Actor;
using Akka.Dispatch;
using UdpTun.Actors.Messages;
using UdpTun.Testing.Io;

namespace UdpTun.Actors.Tests.EventLoop;

public sealed class EventLoopSpecs : PatientTestKit
{
    private readonly InMemoryPoller _poller = new();
    private readonly Actors.EventLoop.EventLoop _loop;
    private readonly InMemoryTunDevice _tun = new("tun0");

    public EventLoopSpecs() => _loop = new Actors.EventLoop.EventLoop(_poller);

    [Fact]
    public async Task Loop_should_run_work_of_other_threads_on_its_own_thread_and_wake_up_for_it()
    {
        var names = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => OnLoop(() => Thread.CurrentThread.Name)));
        Assert.All(names, name => Assert.Equal("udptun-loop", name));
    }

    [Fact]
    public async Task Loop_should_run_its_own_work_in_the_order_it_was_queued()
    {
        var order = await OnLoop(() =>
        {
            var seen = new List<int>();
            for (var i = 0; i < 5; i++)
            {
                var number = i;
                _loop.Execute(new Run(() => seen.Add(number)));
            }

            return seen;
        });
        await OnLoop(() => 0);
        Assert.Equal([0, 1, 2, 3, 4], order);
    }

    [Fact]
    public async Task Loop_should_tell_the_reader_when_its_device_becomes_readable()
    {
        await OnLoop(() => { _loop.WatchReads(_tun, TestActor); return 0; });
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        _tun.Arrive([1, 2, 3]);
        await ExpectReadReadyAsync();
    }

    [Fact]
    public async Task Loop_should_stay_silent_while_reads_are_paused_and_resume_with_what_is_left()
    {
        await OnLoop(() => { _loop.WatchReads(_tun, TestActor); _loop.PauseReads(_tun); return 0; });
        _tun.Arrive([1, 2, 3]);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        await OnLoop(() => { _loop.WatchReads(_tun, TestActor); return 0; });
        await ExpectReadReadyAsync();
    }

    [Fact]
    public async Task Loop_should_report_a_lost_device_even_while_reads_are_paused()
    {
        await OnLoop(() => { _loop.WatchReads(_tun, TestActor); _loop.PauseReads(_tun); return 0; });
        _tun.Condition = Net.Io.IoStatus.Lost;
        await ExpectReadReadyAsync();
    }

    [Fact]
    public async Task Loop_should_tell_the_writer_about_room_until_it_is_paused()
    {
        await OnLoop(() => { _loop.WatchWrites(_tun, TestActor); return 0; });
        await ExpectMsgAsync<WriteReady>();
        _tun.WriteRoom = 0; // while there is room it is told of it without end, faster than the test can read
        await OnLoop(() => { _loop.PauseWrites(_tun); return 0; });
        TestActor.Tell("paused");
        await FishForMessageAsync(message => message is "paused");
        _tun.WriteRoom = 1;
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Loop_should_watch_a_device_no_longer_when_it_was_told_to_forget_it()
    {
        await OnLoop(() => { _loop.WatchReads(_tun, TestActor); _loop.Forget(_tun); return 0; });
        _tun.Arrive([1]);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        Assert.Equal(0, _poller.Watched);
    }

    [Fact]
    public void Loop_should_refuse_to_be_told_of_devices_by_another_thread() =>
        Assert.Throws<InvalidOperationException>(() => _loop.WatchReads(_tun, TestActor));

    protected override void AfterAll()
    {
        _loop.Dispose();
        base.AfterAll();
    }

    /// <summary>Nobody reads here, so the loop would tell of it again and again until the test's end.</summary>
    private async Task ExpectReadReadyAsync()
    {
        await ExpectMsgAsync<ReadReady>();
        await OnLoop(() => { _loop.Forget(_tun); return 0; });
    }

    private Task<T> OnLoop<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Execute(new Run(() => done.SetResult(work())));
        return done.Task;
    }

    private sealed class Run(Action work) : IRunnable
    {
        void IRunnable.Run() => work();

        public void Execute() => work();
    }
}
