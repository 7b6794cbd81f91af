using Akka.Actor;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// An actor whose constructor is a table of what it handles, like Akka's <see cref="ReceiveActor"/>. That one builds an expression tree of
/// each class's table and has it compiled at start; this one asks the handlers one by one (ADR 0026).
/// </summary>
public abstract class HandlerActor : UntypedActor
{
    private Handler? _first;
    private Handler? _last;

    /// <summary>For an actor's own <c>Props</c>: <paramref name="make"/> is called for every incarnation.</summary>
    protected static Props PropsOf<TActor>(Func<TActor> make) where TActor : ActorBase => Props.CreateBy(new Maker<TActor>(make));

    /// <summary>To be called in the constructor. The first handler whose type fits gets the message.</summary>
    protected void Receive<TMessage>(Action<TMessage> handle)
    {
        var handler = new Handler<TMessage>(handle);
        if (_last is null) _first = handler;
        else _last.Next = handler;
        _last = handler;
    }

    protected sealed override void OnReceive(object message)
    {
        for (var handler = _first; handler is not null; handler = handler.Next)
        {
            if (handler.Handles(message)) return;
        }

        Unhandled(message);
    }

    private abstract class Handler
    {
        public Handler? Next { get; set; }

        public abstract bool Handles(object message);
    }

    private sealed class Handler<TMessage>(Action<TMessage> handle) : Handler
    {
        public override bool Handles(object message)
        {
            if (message is not TMessage fitting) return false;
            handle(fitting);
            return true;
        }
    }

    private sealed class Maker<TActor>(Func<TActor> make) : IIndirectActorProducer where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor)
        {
            // Nothing is kept of it.
        }
    }
}
