// Stage: the end of the line for packets that the tunnel answers itself. Thread: event loop. Memory: see PacketActor.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Icmp;

namespace UdpTun.Actors.Lessons;

/// <summary>
/// The article's second and third programs: turns each ICMP echo request into its reply and sends it back where it came from, to
/// the TUN (role echo) or to the client (exit echo). Drops everything else.
/// </summary>
internal sealed class EchoResponderActor : PacketActor
{
    private readonly IActorRef _back;
    private readonly DropCounters _drops;

    public EchoResponderActor(IActorRef back, DropCounters drops) : base(drops)
    {
        (_back, _drops) = (back, drops);
        Receive<FlowBatch>(OnBatch);
    }

    /// <param name="back">Takes the replies: the end that the requests were read from.</param>
    /// <param name="drops">Counts what is no echo request.</param>
    public static Props Props(IActorRef back, DropCounters drops) => PropsOf(() => new EchoResponderActor(back, drops));

    private void OnBatch(FlowBatch batch)
    {
        var packets = batch.Packets;
        for (var i = 0; i < packets.Count; i++)
        {
            if (packets[i].Length == 0) continue;
            var reason = EchoResponder.Answer(packets.Packet(i), packets[i].Offload.ChecksumPending);
            if (reason != DropReason.None) _drops.Add(reason, packets.Drop(i));
        }

        Pass(_back, batch);
    }
}
