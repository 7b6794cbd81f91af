using Akka.Actor;
using Akka.TestKit.Xunit2;
using UdpTun.Actors.WarmUp;

namespace UdpTun.Actors.Tests.WarmUp;

public sealed class RehearsalSchedulerSpecs() : TestKit("akka.loglevel = OFF")
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task Timers_should_tell_until_they_are_cancelled()
    {
        using var scheduler = new RehearsalScheduler(Sys.Settings.Config, Sys.Log);
        using var cancelable = new Cancelable(Sys.Scheduler);
        ((ITellScheduler)scheduler).ScheduleTellRepeatedly(s_soon, s_soon, TestActor, "again", ActorRefs.NoSender, cancelable);
        await ExpectMsgAsync("again");
        await ExpectMsgAsync("again");
        cancelable.Cancel();
        ((ITellScheduler)scheduler).ScheduleTellOnce(TimeSpan.FromMilliseconds(100), TestActor, "once", ActorRefs.NoSender);

        Assert.Equal("once", await FishForMessageAsync<string>(message => message == "once"));

        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Nothing_should_be_told_when_the_system_has_ended()
    {
        var scheduler = new RehearsalScheduler(Sys.Settings.Config, Sys.Log);
        ((ITellScheduler)scheduler).ScheduleTellRepeatedly(s_soon, s_soon, TestActor, "again", ActorRefs.NoSender);
        await ExpectMsgAsync("again");
        scheduler.Dispose();
        TestActor.Tell("end");
        await FishForMessageAsync<string>(message => message == "end");

        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }
}
