// Stage: behind the UDP socket of a line whose peers are proved. Thread: event loop. Memory: shares the burst, keeps nothing.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;

namespace UdpTun.Actors.Routes;

/// <summary>What the transport let through goes to the TUN: whose it is, and that it may be from there, has been looked at.</summary>
internal sealed class FromPeersRoute(IActorRef tunWriter, LineContext line) : IBurstRoute
{
    private readonly WholeBurstRoute _toTun = new(tunWriter, Direction.Inbound);

    public void Deliver(PacketBurst burst, IActorRef reader)
    {
        // Flows are not known here, but what a sender's stack wrote at once comes in one row.
        line.Joining.Join(burst, 0, burst.Count);
        _toTun.Deliver(burst, reader);
    }
}
