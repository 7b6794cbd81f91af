// Stage: the end of the server's line for packets to the tunnel's own address. Thread: event loop. Memory: see PacketActor.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Icmp;
using UdpTun.Net.PortMapping;

namespace UdpTun.Actors.Nat;

/// <summary>
/// The gateway address of a server: answers ICMP echo where the packets lie and NAT-PMP in buffers of their own; pings clients and takes their
/// answers. Drops everything else.
/// </summary>
internal sealed class GatewayActor : PacketActor
{
    private readonly IActorRef _udp;
    private readonly PortMapper _mapper;
    private readonly PeerPings _pings;
    private readonly LineContext _line;

    public GatewayActor(IActorRef udp, PortMapper mapper, PeerPings pings, LineContext line) : base(line.Drops)
    {
        (_udp, _mapper, _pings, _line) = (udp, mapper, pings, line);
        Receive<FlowBatch>(OnBatch);
        Receive<PingPeer>(ping => _pings.Send(ping, Sender));
    }

    public static Props Props(IActorRef udp, PortMapper mapper, PeerPings pings, LineContext line) =>
        PropsOf(() => new GatewayActor(udp, mapper, pings, line));

    private void OnBatch(FlowBatch batch)
    {
        var isPortRequest = PortMappingDatagram.IsMeant(batch.Flow);
        for (var i = 0; i < batch.Packets.Count; i++)
        {
            if (batch.Packets[i].Length == 0 || IsAnswer(batch, i)) continue;
            var reason = isPortRequest
                ? AnswerPortRequest(batch, i)
                : EchoResponder.Answer(batch.Packets.Packet(i), batch.Packets[i].Offload.ChecksumPending);
            if (reason != DropReason.None) _line.Drops.Add(reason, batch.Packets.Drop(i));
        }

        Pass(_udp, batch);
    }

    /// <summary>Whether the packet answers one of our pings, and has served.</summary>
    private bool IsAnswer(FlowBatch batch, int index)
    {
        if (!_pings.AreAwaited) return false;
        if (!_pings.TryTake(batch.Packets.Packet(index), batch.Packets[index].Offload.ChecksumPending, batch.Peer)) return false;
        batch.Packets.Drop(index);
        return true;
    }

    private DropReason AnswerPortRequest(FlowBatch batch, int index)
    {
        // An answer is longer than its request, which may have come in a row with others and no room behind it.
        if (!_line.Pool.TryLease(out var burst)) return DropReason.QueueFull;
        var request = batch.Packets.Packet(index);
        var length = request.Length;
        var room = burst.Bytes.AsSpan(burst.NextOffset, length + PacketBurst.Tailroom);
        request.CopyTo(room);
        var pending = batch.Packets[index].Offload.ChecksumPending;
        var reason = PortMappingDatagram.Answer(room, ref length, pending, _mapper, batch.Peer, _line.Now);
        if (reason == DropReason.None)
        {
            burst.Append(length);
            _udp.Tell(new FlowBatch(burst.Share(0, 1, batch.Packets.Remote, batch.Packets.Peer), default, default, Direction.Inbound), ActorRefs.NoSender);
            batch.Packets.Drop(index);
        }

        burst.Release();
        return reason;
    }
}
