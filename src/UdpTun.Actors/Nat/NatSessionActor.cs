// Stage: the middle of the server's line, both ways. Thread: event loop. Memory: owns the batch in hand, see PacketActor.
using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Nat.Treatment;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.Treatment;

namespace UdpTun.Actors.Nat;

/// <summary>
/// One flow: translates its packets both ways and passes them to the ends. The session itself lives in the table, so this actor
/// may die and come back without the flow noticing more than the loss of the packets in hand.
/// </summary>
internal sealed class NatSessionActor : PacketActor
{
    private readonly NatSession _session;
    private readonly Peer _peer;
    private readonly NatEnds _ends;
    private HeldPacketRelease? _release;

    public NatSessionActor(NatSession session, Peer peer, NatEnds ends) : base(ends.Line.Drops)
    {
        (_session, _peer, _ends) = (session, peer, ends);
        Receive<FlowBatch>(OnBatch);
        Receive<SessionExpired>(OnExpired);
        Receive<ReleaseHeldPackets>(_ => Release.OnAlarm());
    }

    public static Props Props(NatSession session, Peer peer, NatEnds ends) =>
        PropsOf(() => new NatSessionActor(session, peer, ends));

    protected override void PreStart() => Log().Debug("session opened: {Inner} leaves as {Outer} for {Remote}",
        _session.Mapping.Inner, _session.Mapping.Outer, _session.Remote);

    private void OnBatch(FlowBatch batch)
    {
        if (!_session.IsOpen)
        {
            // The sweep ended the session while the batch was on its way here: the flow goes on in a new one.
            PassToParent(batch);
            return;
        }

        var outbound = batch.Direction == Direction.Outbound;
        if (_session.Treatment is { } treatment)
        {
            OnTreated(batch, outbound, treatment);
            return;
        }

        if (outbound) DropSpent(batch);
        Translate(batch, outbound);
        Send(batch, outbound);
    }

    /// <summary>The same with taps around it, and behind what faults and a limit let through and when.</summary>
    private void OnTreated(FlowBatch batch, bool outbound, SessionTreatment treatment)
    {
        if (!batch.IsReleased && treatment.Holds(outbound))
        {
            Release.Hold(batch, treatment, Sender);
            return;
        }

        treatment.Arrive(batch.Packets, outbound, _ends.Line.Now);
        if (outbound) DropSpent(batch);
        treatment.NoteGone(batch.Packets, DropReason.TimeToLiveExceeded);
        Translate(batch, outbound);
        treatment.Leave(batch.Packets, outbound, _ends.Line.Now);
        Send(batch, outbound);
    }

    private HeldPacketRelease Release => _release ??= new HeldPacketRelease(_session, _ends.Line, Self, Context.System.Scheduler);

    private void Send(FlowBatch batch, bool outbound)
    {
        if (outbound)
        {
            if (_session.Mapping.IsTranslated && _ends.Hairpin.Leads(batch.Flow)) TurnRound(batch);
            else Pass(_ends.TunWriter, batch);
            return;
        }

        (batch.Packets.Remote, batch.Packets.Peer) = (_peer.Endpoint, _peer.Id);
        var (packets, bytes) = batch.Packets.Weight();
        var reason = _peer.Allowance?.Send(bytes, _ends.Line.Now) ?? DropReason.None;
        if (reason != DropReason.None)
        {
            _ends.Line.Drops.Add(reason, packets);
            return;
        }

        _peer.Sent.Add(packets, bytes);
        Pass(_ends.Udp, batch);
    }

    private void Translate(FlowBatch batch, bool outbound)
    {
        var now = _ends.Line.Now;
        var packets = batch.Packets;
        for (var i = 0; i < packets.Count; i += 1 + packets.TailsOf(i))
        {
            if (packets[i].Length == 0) continue;
            var pending = packets[i].Offload.ChecksumPending;
            var (count, bytes) = packets.WeightOf(i);
            var reason = outbound
                ? _session.TranslateOutbound(packets.Packet(i), pending, now, count, bytes)
                : _session.TranslateInbound(packets.Packet(i), pending, now, count, bytes);
            if (reason == DropReason.None) continue;
            if (reason == DropReason.Killed) KilledFlowAnswers.Give(_ends, packets.Packet(i), _peer, outbound);
            _session.Treatment?.Drop(i, reason);
            Drop(packets, i, reason);
        }
    }

    private void DropSpent(FlowBatch batch)
    {
        var dropped = _ends.Errors.DropSpent(batch.Packets, _peer);
        if (dropped > 0) _session.NoteDrop(DropReason.TimeToLiveExceeded, dropped, _ends.Line.Now);
    }

    private void Drop(PacketBatch packets, int index, DropReason reason)
    {
        var dropped = packets.Drop(index);
        _ends.Line.Drops.Add(reason, dropped);
        _session.NoteDrop(reason, dropped, _ends.Line.Now);
    }

    /// <summary>To another client: what has just been translated outbound goes on as if it had come in from the internet.</summary>
    private void TurnRound(FlowBatch batch)
    {
        for (var i = 0; i < batch.Packets.Count; i += 1 + batch.Packets.TailsOf(i))
        {
            if (batch.Packets[i].Length == 0) continue;
            var reason = _ends.Hairpin.Turn(batch.Packets.Packet(i), _session);
            if (reason != DropReason.None) Drop(batch.Packets, i, reason);
        }

        // The parent, or that of the other client's shard, knows whose the flow is, or whether the other client's filter lets it in.
        var flow = _ends.Hairpin.Turned(_session);
        if (_ends.HandOver is { } others && others.IsForeign(flow))
        {
            others.Take(batch.Packets, flow);
            others.EndBurst();
            return;
        }

        PassToParent(new FlowBatch(batch.Packets, flow, default, Direction.Inbound));
    }

    private void PassToParent(FlowBatch batch)
    {
        _ends.Waiting.Add(batch);
        Pass(Context.Parent, batch);
    }

    private void OnExpired(SessionExpired expired)
    {
        Log().Debug("session ended in state {State}; packets out {PacketsOut}, in {PacketsIn}",
            _session.State, _session.Outbound.Packets, _session.Inbound.Packets);
        if (_session.Treatment is { } treatment) _ends.Line.Drops.Add(DropReason.NoSession, treatment.End(_session));
        Context.Stop(Self);
    }

    // Made for the two lines of a session's life and not kept: a logger with its context is larger than the session.
    private ILoggingAdapter Log() => Context.GetLogger().WithContext("Session", _session.Name).WithContext("Client", _peer.Name)
        .WithContext("Flow", $"{_session.Mapping.Inner} > {_session.Remote}");
}
