// Stage: in front of a session's translation, when it has faults or a limit. Thread: event loop. Memory: leases bursts for what comes out,
// which the session owns as it owns any batch; what waits is held in copies.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.Treatment;

namespace UdpTun.Actors.Nat.Treatment;

/// <summary>
/// Puts a session's packets into its faults and limit, and brings them back to the session when they are due: as batches of their own, which
/// it then treats like any other.
/// </summary>
internal sealed class HeldPacketRelease(NatSession session, LineContext line, IActorRef self, IScheduler scheduler)
{
    /// <summary>A delay would otherwise come back all at once and take the line's buffers from its neighbours.</summary>
    private const int BurstsPerTurn = 2;

    private static readonly TimeSpan PauseWithoutBuffers = TimeSpan.FromMilliseconds(10);

    private readonly Way _outbound = new(Direction.Outbound);
    private readonly Way _inbound = new(Direction.Inbound);
    private ICancelable? _alarm;
    private TimeSpan _alarmAt;

    /// <summary>Takes copies of a batch, which has then served.</summary>
    public void Hold(FlowBatch batch, SessionTreatment treatment, IActorRef reader)
    {
        var outbound = batch.Direction == Direction.Outbound;
        var way = outbound ? _outbound : _inbound;
        (way.Flow, way.Peer, way.Reader) = (batch.Flow, batch.Peer, reader);
        treatment.Hold(batch.Packets, outbound, line.Now, line.Drops);
        LetGo();
    }

    /// <summary>It is time, or nearly so: an alarm may be early by what it counts time in.</summary>
    public void OnAlarm()
    {
        _alarm?.Cancel();
        _alarm = null;
        LetGo();
    }

    /// <summary>Sends what is due on its way, and sees to the rest later.</summary>
    private void LetGo()
    {
        if (session.Treatment is not { } treatment) return;
        var left = BurstsPerTurn;
        var hasBuffers = LetGo(treatment, _outbound, ref left) && LetGo(treatment, _inbound, ref left);
        if (treatment.IsOver) session.Treatment = null;
        else if (!hasBuffers) WakeAfter(PauseWithoutBuffers);
        else if (treatment.NextDue is { } due && due <= line.Now) self.Tell(ReleaseHeldPackets.Instance, ActorRefs.NoSender);
        else if (treatment.NextDue is { } later) WakeAfter(later - line.Now);
    }

    /// <summary>False when there was no buffer to be had.</summary>
    private bool LetGo(SessionTreatment treatment, Way way, ref int bursts)
    {
        var outbound = way.Direction == Direction.Outbound;
        for (; bursts > 0 && treatment.IsDue(outbound, line.Now); bursts--)
        {
            if (!line.Pool.TryLease(out var burst)) return false;
            if (treatment.Release(burst, outbound, line.Now))
            {
                if (outbound) line.Joining.Join(burst, 0, burst.Count);
                self.Tell(new FlowBatch(burst.Share(0, burst.Count), way.Flow, way.Peer, way.Direction) { IsReleased = true }, way.Reader);
            }

            burst.Release();
        }

        return true;
    }

    private void WakeAfter(TimeSpan pause)
    {
        var at = line.Now + pause;
        if (_alarm is not null && _alarmAt <= at) return;
        _alarm?.Cancel();
        _alarmAt = at;
        _alarm = scheduler.ScheduleTellOnceCancelable(pause, self, ReleaseHeldPackets.Instance, ActorRefs.NoSender);
    }

    private sealed class Way(Direction direction)
    {
        public Direction Direction { get; } = direction;

        public FlowKey Flow { get; set; }

        public PeerId Peer { get; set; }

        public IActorRef? Reader { get; set; }
    }
}
