// Stage: behind a client's UDP socket. Thread: event loop. Memory: shares the burst, keeps nothing.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Routes;

/// <summary>What a client receives: datagrams of its server go to the TUN, all others are dropped.</summary>
internal sealed class FromServerRoute(InetEndpoint server, IActorRef tunWriter, LineContext line) : IBurstRoute
{
    private readonly WholeBurstRoute _toTun = new(tunWriter, Direction.Inbound);

    public void Deliver(PacketBurst burst, IActorRef reader)
    {
        for (var i = 0; i < burst.Count; i++)
        {
            if (burst.Remotes[i] == server || burst.Packets[i].Length == 0) continue;
            line.Drops.Add(DropReason.ForbiddenPeer);
            burst.Drop(i);
        }

        // Flows are not known here, but what a sender's stack wrote at once comes in one row.
        line.Joining.Join(burst, 0, burst.Count);
        _toTun.Deliver(burst, reader);
    }
}
