// Stage: beside the line; answers a flow that opens no session. Thread: event loop. Memory: leases a burst for the answer, which the
// UDP endpoint releases.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Icmp;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Tells a client that a flow of its is refused (RFC 5508 REQ-8, RFC 4787 section 12), from the tunnel's gateway address, at
/// most a few times a second each client. What is refused for its form, or comes from nobody, is not answered.
/// </summary>
/// <param name="line">Buffers and time.</param>
/// <param name="udp">Takes the answer.</param>
/// <param name="gateways">The gateway's addresses; a family without one is not answered.</param>
internal sealed class RefusalAnswer(LineContext line, IActorRef udp, IReadOnlyList<InetAddress> gateways)
{
    public void Give(ReadOnlySpan<byte> offending, DropReason reason, Peer peer)
    {
        if (RefusalPolicy.SettingBehind(reason) is null || offending.IsEmpty || GatewayFor(offending) is not { } gateway) return;
        if (!peer.Refusals.TryTake(line.Now) || !line.Pool.TryLease(out var burst)) return;
        burst.Append(UnreachableMessage.Write(burst.Bytes.AsSpan(burst.NextOffset), offending, gateway));
        var answer = burst.Share(0, 1, peer.Endpoint);
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
