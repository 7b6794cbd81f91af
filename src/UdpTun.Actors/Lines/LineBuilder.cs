using Akka.Actor;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Tun;
using UdpTun.Actors.Tunnel;
using UdpTun.Actors.Udp;
using UdpTun.Transport;

namespace UdpTun.Actors.Lines;

/// <summary>Starts a line's actors as children of the guardian, on the event loop.</summary>
internal sealed class LineBuilder(IActorContext context, Shard shard)
{
    public LineContext Line => shard.Line;

    /// <summary>The dispatcher of what packets of known flows pass through.</summary>
    public string Dispatcher => shard.Dispatcher;

    public IActorRef Start(Props props, string name) => context.ActorOf(props.WithDispatcher(shard.Dispatcher), shard.NameOf(name));

    /// <summary>Starts an actor that has a turn when the round's other actors have had theirs.</summary>
    public IActorRef StartLast(Props props, string name) => context.ActorOf(props.WithDispatcher(shard.LastDispatcher), shard.NameOf(name));

    public IActorRef StartTunReader() => Start(TunReaderActor.Props(Line), "tun-reader");

    public IActorRef StartTunWriter() => Start(TunWriterActor.Props(Line), "tun-writer");

    /// <summary>
    /// Starts the control half of a secure transport, off the loop; null where the line has none. Several shards have one, which the last of
    /// them starts, when the UDP ends of all are there.
    /// </summary>
    public IActorRef? StartPeers(SecureEnd? end, IActorRef udp)
    {
        if (end is null) return null;
        end.Udp[shard.Number] = udp;
        if (shard.Number < end.Transports.Count - 1) return null;
        var inbox = new HandshakeInbox();
        inbox.Peers = context.ActorOf(PeersActor.Props(end, inbox, Line), "peers");
        foreach (var transport in end.Transports) transport.Inbox = inbox;
        return inbox.Peers;
    }

    public IActorRef StartUdp(ITransport transport) => Start(UdpEndpointActor.Props(Line, transport), "udp");
}
