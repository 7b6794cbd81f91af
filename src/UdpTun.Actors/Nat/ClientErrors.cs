// Stage: beside the line; answers what goes no further. Thread: event loop. Memory: leases a burst for the answer, which the
// UDP endpoint releases.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Tells a client by ICMP, from the tunnel's gateway address, that a flow of its is refused (RFC 5508 REQ-8, RFC 4787 section 12) or that a
/// packet of its has no hop left (RFC 1812 section 5.3.1), at most a few times a second each client. What is refused for its form, or
/// comes from nobody, is not answered.
/// </summary>
/// <param name="line">Buffers and time.</param>
/// <param name="udp">Takes the answer.</param>
/// <param name="gateways">The gateway's addresses; a family without one is not answered.</param>
internal sealed class ClientErrors(LineContext line, IActorRef udp, IReadOnlyList<InetAddress> gateways)
{
    /// <summary>About a flow that was refused for a reason.</summary>
    public void Refuse(ReadOnlySpan<byte> offending, DropReason reason, Peer peer)
    {
        if (RefusalPolicy.SettingBehind(reason) is not null) Tell(offending, IcmpErrorKind.Prohibited, peer);
    }

    /// <summary>About a packet of a flow that the operator has ended.</summary>
    public void RefuseKilled(ReadOnlySpan<byte> offending, Peer peer) => Tell(offending, IcmpErrorKind.Prohibited, peer);

    /// <summary>
    /// Takes out of a client's batch the packets that may not go on, tells the client, and counts them. Their path ends here: they neither open a
    /// session nor refresh one.
    /// </summary>
    /// <returns>Packets that were taken out.</returns>
    public int DropSpent(PacketBatch packets, Peer peer)
    {
        var dropped = 0;
        for (var i = 0; i < packets.Count; i += 1 + packets.TailsOf(i))
        {
            if (packets[i].Length == 0 || !IpHeader.IsLastHop(packets.Packet(i))) continue;
            Tell(packets.Packet(i), IcmpErrorKind.TimeExceeded, peer);
            dropped += packets.Drop(i);
        }

        if (dropped > 0) line.Drops.Add(DropReason.TimeToLiveExceeded, dropped);
        return dropped;
    }

    private void Tell(ReadOnlySpan<byte> offending, IcmpErrorKind kind, Peer peer)
    {
        if (offending.IsEmpty || GatewayFor(offending) is not { } gateway || !IcmpErrorMessage.IsAllowedAbout(offending)) return;
        if (!peer.IcmpErrors.TryTake(line.Now) || !line.Pool.TryLease(out var burst)) return;
        burst.Append(IcmpErrorMessage.Write(burst.Bytes.AsSpan(burst.NextOffset), offending, gateway, kind));
        var answer = burst.Share(0, 1, peer.Endpoint, peer.Id);
        burst.Release();
        udp.Tell(new FlowBatch(answer, default, default, Direction.Inbound), ActorRefs.NoSender);
    }

    private InetAddress? GatewayFor(ReadOnlySpan<byte> offending)
    {
        var isV4 = offending[0] >> 4 == 4;
        foreach (var gateway in gateways)
            if (gateway.IsV4 == isV4) return gateway;
        return null;
    }
}
