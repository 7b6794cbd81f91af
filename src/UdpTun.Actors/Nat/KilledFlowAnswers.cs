// Stage: beside the line; answers packets of flows that the operator has ended. Thread: event loop. Memory: leases a burst for the answer,
// which an end releases.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Net.Headers;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Tells whoever goes on with a killed TCP connection that it is no more, by a reset, so that neither end waits for a time-out. What is no
/// TCP is answered to the client alone, by ICMP. At most a few times a second each client.
/// </summary>
internal static class KilledFlowAnswers
{
    public static void Give(NatEnds ends, ReadOnlySpan<byte> packet, Peer peer, bool outbound)
    {
        if (!TryReset(ends, packet, peer, outbound) && outbound) ends.Errors.RefuseKilled(packet, peer);
    }

    private static bool TryReset(NatEnds ends, ReadOnlySpan<byte> packet, Peer peer, bool outbound)
    {
        Span<byte> reset = stackalloc byte[TcpReset.MaxLength];
        var length = TcpReset.Write(reset, packet);
        if (length == 0) return false;
        if (!peer.IcmpErrors.TryTake(ends.Line.Now) || !ends.Line.Pool.TryLease(out var burst)) return true;
        reset[..length].CopyTo(burst.Bytes.AsSpan(burst.NextOffset));
        burst.Append(length);
        var answer = outbound ? burst.Share(0, 1, peer.Endpoint, peer.Id) : burst.Share(0, 1);
        burst.Release();
        var (end, direction) = outbound ? (ends.Udp, Direction.Inbound) : (ends.TunWriter, Direction.Outbound);
        end.Tell(new FlowBatch(answer, default, default, direction), ActorRefs.NoSender);
        return true;
    }
}
