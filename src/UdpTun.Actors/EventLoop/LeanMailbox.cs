using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// What <c>mailbox-type = "UdpTun.Actors.EventLoop.LeanMailbox, UdpTun.Actors"</c> names in HOCON: unbounded, and small while it is empty.
/// Akka's own takes a kilobyte an actor, a third of all that a session takes; most of a hundred thousand sessions have nothing waiting.
/// </summary>
public sealed class LeanMailbox(Akka.Actor.Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<LeanMessageQueue>
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new LeanMessageQueue();
}
