using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Tunnel;

namespace UdpTun.Actors.Tests.Tunnel;

public sealed class LiveLogSpecs() : PatientTestKit("akka.loglevel = ERROR")
{
    [Fact]
    public async Task Actor_should_log_by_the_level_of_the_moment()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Debug));
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        var actor = Sys.ActorOf(Props.Create(() => new Talker()), "talker");
        actor.Tell("before");
        await ExpectMsgAsync("before");
        Sys.EventStream.SetLogLevel(LogLevel.DebugLevel);
        actor.Tell("between");
        Assert.Equal("debug between", (await ExpectMsgAsync<Debug>()).Message.ToString());
        Assert.Equal("akka://test/user/talker", (await ExpectMsgAsync<Warning>()).LogSource.Split('#')[0]);
        await ExpectMsgAsync("between");
        Sys.EventStream.SetLogLevel(LogLevel.ErrorLevel);
        actor.Tell("after");
        await ExpectMsgAsync("after");
    }

    private sealed class Talker : ReceiveActor
    {
        private readonly ILoggingAdapter _log = LiveLog.Of(Context);

        public Talker() => Receive<string>(text =>
        {
            _log.Debug("debug {Text}", text);
            _log.Warning("warning {Text}", text);
            Sender.Tell(text);
        });
    }
}
