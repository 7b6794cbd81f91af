using Akka.Actor;
using UdpTun.Actors.Hosting;

namespace UdpTun.Actors.Tests.Hosting;

public sealed class RuntimeSchedulerSpecs : PatientTestKit
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_never = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(50);

    private readonly RuntimeScheduler _scheduler;

    public RuntimeSchedulerSpecs() : base("akka.loglevel = ERROR, akka.stdout-loglevel = OFF, akka.loggers = [\"Akka.TestKit.TestEventListener, Akka.TestKit\"]") =>
        _scheduler = new RuntimeScheduler(Sys.Settings.Config, Sys.Log);

    private ITellScheduler Timers => _scheduler;

    [Fact]
    public async Task Timers_should_tell_until_they_are_cancelled()
    {
        using var cancelable = new Cancelable(Sys.Scheduler);
        Timers.ScheduleTellRepeatedly(s_soon, s_soon, TestActor, "again", ActorRefs.NoSender, cancelable);
        await ExpectMsgAsync("again");
        await ExpectMsgAsync("again");
        cancelable.Cancel();
        Timers.ScheduleTellOnce(TimeSpan.FromMilliseconds(100), TestActor, "once", ActorRefs.NoSender);

        Assert.Equal("once", await FishForMessageAsync<string>(message => message == "once"));

        await ExpectNoMsgAsync(s_silence);
        Assert.Equal(0, _scheduler.Pending);
    }

    [Fact]
    public async Task Timers_should_be_told_when_they_are_due_and_none_before()
    {
        Timers.ScheduleTellOnce(s_never, TestActor, "early", ActorRefs.NoSender);
        Timers.ScheduleTellRepeatedly(s_never, s_soon, TestActor, "early", ActorRefs.NoSender);
        Timers.ScheduleTellRepeatedly(s_soon, s_never, TestActor, "due", ActorRefs.NoSender);
        Timers.ScheduleTellOnce(s_soon, TestActor, "due", ActorRefs.NoSender);
        await ExpectMsgAsync("due");
        await ExpectMsgAsync("due");
        await ExpectNoMsgAsync(s_silence);
        Assert.Equal(3, _scheduler.Pending);
    }

    [Theory]
    [InlineData(199_999, 20)]
    [InlineData(200_000, 20)]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    [InlineData(-10_000, -1)] // for ever
    public void Part_of_a_millisecond_should_be_waited_for_as_a_whole_one(long ticks, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), RuntimeScheduler.Whole(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Cancelled_timers_should_leave_nothing_behind()
    {
        using var cancelable = new Cancelable(Sys.Scheduler);
        Timers.ScheduleTellOnce(s_never, TestActor, "once", ActorRefs.NoSender, cancelable);
        Timers.ScheduleTellRepeatedly(s_never, s_never, TestActor, "again", ActorRefs.NoSender, cancelable);
        Assert.Equal(2, _scheduler.Pending);
        cancelable.Cancel();
        Timers.ScheduleTellOnce(s_soon, TestActor, "late", ActorRefs.NoSender, cancelable);
        Assert.Equal(0, _scheduler.Pending);
    }

    [Fact]
    public async Task Nothing_should_be_told_when_the_system_has_ended()
    {
        Timers.ScheduleTellRepeatedly(s_soon, s_soon, TestActor, "again", ActorRefs.NoSender);
        await ExpectMsgAsync("again");
        _scheduler.Dispose();
        Timers.ScheduleTellOnce(s_soon, TestActor, "too late", ActorRefs.NoSender);
        await Task.Delay(2 * s_silence); // what had gone off already may tell yet
        TestActor.Tell("end");
        await FishForMessageAsync<string>(message => message == "end");

        await ExpectNoMsgAsync(s_silence);
        Assert.Equal(0, _scheduler.Pending);
    }

    [Fact]
    public async Task Failing_action_should_be_logged_and_tried_again()
    {
        var tries = 0;
        await EventFilter.Exception<InvalidDataException>().ExpectAsync(2, () =>
        {
            ((IActionScheduler)_scheduler).ScheduleRepeatedly(s_soon, s_soon, () =>
            {
                if (++tries <= 2) throw new InvalidDataException("broken");
            });
            return Task.CompletedTask;
        });
    }

    protected override void AfterAll()
    {
        _scheduler.Dispose();
        base.AfterAll();
    }
}
