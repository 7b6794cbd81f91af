using Akka.Actor;
using UdpTun.Actors.Tun;
using UdpTun.Actors.Tunnel;
using UdpTun.Actors.Udp;
using UdpTun.Transport;

namespace UdpTun.Actors.Lines;

/// <summary>Starts a line's actors as children of the guardian, on the event loop.</summary>
internal sealed class LineBuilder(IActorContext context, LineContext line, string dispatcher)
{
    public LineContext Line { get; } = line;

    public IActorRef Start(Props props, string name) => context.ActorOf(props.WithDispatcher(dispatcher), name);

    public IActorRef StartTunReader() => Start(TunReaderActor.Props(Line), "tun-reader");

    public IActorRef StartTunWriter() => Start(TunWriterActor.Props(Line), "tun-writer");

    public IActorRef StartUdp(ITransport transport) => Start(UdpEndpointActor.Props(Line, transport), "udp");
}
