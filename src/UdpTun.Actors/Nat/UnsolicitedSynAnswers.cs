// Stage: beside the line; SYNs from outside that nobody takes. Thread: event loop. Memory: leases a burst for an answer, which the TUN's
// writer releases.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Icmp;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Tells who called in vain that nobody takes the connection: late, so that a client may yet open it from its side (see
/// <see cref="UnsolicitedSyns"/>), and at most a few times a second, so that nobody makes us shout at a third.
/// </summary>
internal sealed class UnsolicitedSynAnswers(LineContext line, IActorRef tunWriter, NatTable table)
{
    private readonly UnsolicitedSyns _syns = new();
    private readonly RateLimit _limit = new(perSecond: 20, burst: 20);

    /// <summary>A packet from outside that was not let in.</summary>
    public void Hold(ReadOnlySpan<byte> packet, in FlowKey flow) => _syns.Hold(packet, flow, line.Now);

    /// <summary>Answers what is due. Where a session has been opened meanwhile, the SYN is forgotten (REQ-4).</summary>
    public void GiveDue()
    {
        while (_syns.TryTakeDue(line.Now, out var flow, out var packet))
        {
            if (table.TryFindInbound(flow, out _) || !_limit.TryTake(line.Now) || !line.Pool.TryLease(out var burst)) continue;
            burst.Append(IcmpErrorMessage.Write(
                burst.Bytes.AsSpan(burst.NextOffset), packet, flow.Destination.Address, IcmpErrorKind.PortUnreachable));
            var answer = burst.Share(0, 1);
            burst.Release();
            tunWriter.Tell(new FlowBatch(answer, default, default, Direction.Outbound), ActorRefs.NoSender);
        }
    }
}
