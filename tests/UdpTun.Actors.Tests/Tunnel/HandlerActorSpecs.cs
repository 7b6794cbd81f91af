using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Tunnel;

namespace UdpTun.Actors.Tests.Tunnel;

public sealed class HandlerActorSpecs() : PatientTestKit("akka.loglevel = OFF")
{
    [Fact]
    public async Task First_handler_that_fits_should_get_the_message()
    {
        var actor = Sys.ActorOf(Listener.Props(() => 1));
        actor.Tell("text", TestActor);
        await ExpectMsgAsync("1 heard text");
        actor.Tell(new ArgumentNullException("name"), TestActor);
        await ExpectMsgAsync("1 heard an argument");
        actor.Tell("text", TestActor);
        await ExpectMsgAsync("1 heard text"); // and nothing of the argument by another handler
        actor.Tell(new ArithmeticException(), TestActor);
        await ExpectMsgAsync("1 heard trouble");
    }

    [Fact]
    public async Task What_nobody_handles_should_be_told_as_unhandled()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        var actor = Sys.ActorOf(Listener.Props(() => 1));
        actor.Tell("text", ActorRefs.NoSender);
        actor.Tell(4711, ActorRefs.NoSender);
        Assert.Equal(4711, (await ExpectMsgAsync<UnhandledMessage>()).Message);
    }

    [Fact]
    public async Task Each_incarnation_should_be_made_anew()
    {
        var made = 0;
        var actor = Sys.ActorOf(Listener.Props(() => ++made));
        actor.Tell(new InvalidOperationException(), TestActor);
        actor.Tell("text", TestActor);
        await ExpectMsgAsync("2 heard text");
    }

    private sealed class Listener : HandlerActor
    {
        private readonly int _number;

        private Listener(int number)
        {
            _number = number;
            Receive<string>(text => Answer(text));
            Receive<InvalidOperationException>(trouble => throw trouble);
            Receive<ArgumentException>(_ => Answer("an argument"));
            Receive<Exception>(_ => Answer("trouble"));
        }

        public static Props Props(Func<int> number) => PropsOf(() => new Listener(number()));

        private void Answer(string heard) => Sender.Tell($"{_number} heard {heard}");
    }
}
