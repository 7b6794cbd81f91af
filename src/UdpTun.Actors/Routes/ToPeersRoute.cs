// Stage: behind the TUN of a line whose peers are proved. Thread: event loop. Memory: shares the burst, keeps nothing.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure;

namespace UdpTun.Actors.Routes;

/// <summary>Cryptokey routing on the way out: consecutive packets of one peer are one batch. What is nobody's is dropped.</summary>
internal sealed class ToPeersRoute(SecureTransport transport, IActorRef udp, LineContext line) : IBurstRoute
{
    public void Deliver(PacketBurst burst, IActorRef reader)
    {
        var (first, peer) = (0, default(PeerId));
        for (var i = 0; i < burst.Count; i++)
        {
            if (burst.Packets[i].Length == 0) continue;
            var next = transport.Route(burst.Packet(i));
            if (next == default)
            {
                line.Drops.Add(DropReason.NoPeer, burst.WeightOf(i, 1).Packets);
                burst.Drop(i);
            }
            else if (next != peer)
            {
                Tell(burst, first, i, peer, reader);
                (first, peer) = (i, next);
            }
        }

        Tell(burst, first, burst.Count, peer, reader);
    }

    private void Tell(PacketBurst burst, int first, int end, PeerId peer, IActorRef reader)
    {
        if (peer == default || end == first) return;
        udp.Tell(new FlowBatch(burst.Share(first, end - first, peer: peer), default, default, Direction.Outbound), reader);
    }
}
