using Akka.Actor;
using UdpTun.Actors.Tun;
using UdpTun.Actors.Tunnel;
using UdpTun.Actors.Udp;
using UdpTun.Transport;

namespace UdpTun.Actors.Lines;

/// <summary>Starts a line's actors as children of the guardian, on the event loop.</summary>
internal sealed class LineBuilder(IActorContext context, GuardianPlan plan)
{
    public LineContext Line => plan.Line;

    /// <summary>The dispatcher of what packets of known flows pass through.</summary>
    public string Dispatcher => plan.Dispatcher;

    public IActorRef Start(Props props, string name) => context.ActorOf(props.WithDispatcher(plan.Dispatcher), name);

    /// <summary>Starts an actor that has a turn when the round's other actors have had theirs.</summary>
    public IActorRef StartLast(Props props, string name) => context.ActorOf(props.WithDispatcher(plan.LastDispatcher), name);

    public IActorRef StartTunReader() => Start(TunReaderActor.Props(Line), "tun-reader");

    public IActorRef StartTunWriter() => Start(TunWriterActor.Props(Line), "tun-writer");

    public IActorRef StartUdp(ITransport transport) => Start(UdpEndpointActor.Props(Line, transport), "udp");
}
