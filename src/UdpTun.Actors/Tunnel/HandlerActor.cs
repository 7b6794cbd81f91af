using System.Runtime.CompilerServices;
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

    /// <summary>To be called in the constructor. The handler for a message's very type gets it, or the first whose type fits.</summary>
    protected void Receive<TMessage>(Action<TMessage> handle) where TMessage : class
    {
        var handler = new Handler<TMessage>(handle);
        if (_last is null) _first = handler;
        else _last.Next = handler;
        _last = handler;
    }

    protected sealed override void OnReceive(object message)
    {
        // Nearly every message is of the very type that a handler is for; to ask each whether its type fits would be a call each.
        var type = message.GetType();
        var handler = _first;
        while (handler is not null && handler.Type != type) handler = handler.Next;
        handler ??= FirstThatFits(type);
        if (handler is null) Unhandled(message);
        else handler.Handle(message);
    }

    private Handler? FirstThatFits(Type type)
    {
        var handler = _first;
        while (handler is not null && !handler.Type.IsAssignableFrom(type)) handler = handler.Next;
        return handler;
    }

    private abstract class Handler(Type type)
    {
        public Type Type { get; } = type;

        public Handler? Next { get; set; }

        public abstract void Handle(object message);
    }

    private sealed class Handler<TMessage>(Action<TMessage> handle) : Handler(typeof(TMessage)) where TMessage : class
    {
        public override void Handle(object message) => handle(Unsafe.As<TMessage>(message)); // its type has been looked at
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
