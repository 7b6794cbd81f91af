// Stage: behind the reader where flows do not matter. Thread: event loop. Memory: shares the burst, keeps nothing.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Routes;

/// <summary>Everything in one batch to one receiver: a client's TUN to its UDP socket, a lesson's TUN to its actor.</summary>
/// <param name="next">The receiver.</param>
/// <param name="direction">Which way the packets travel.</param>
/// <param name="remote">Whom the UDP end is to send them to; default when they do not go there.</param>
internal sealed class WholeBurstRoute(IActorRef next, Direction direction, InetEndpoint remote = default) : IBurstRoute
{
    public void Deliver(PacketBurst burst, IActorRef reader)
    {
        if (burst.Count == 0) return;
        next.Tell(new FlowBatch(burst.Share(0, burst.Count, remote), default, default, direction), reader);
    }
}
