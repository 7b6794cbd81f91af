// Stage: behind the server's two readers. Thread: event loop. Memory: shares the burst; leases another for fragments that had to wait.
using Akka.Actor;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Fragments;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Routes;

/// <summary>
/// Groups a burst by flow and delivers each group, the small ones first: a ping does not wait for a download's packets to be translated and
/// written. Fragments that came before their datagram's first one follow behind it in a burst of
/// their own; where no buffer is to be had for that they wait for the next.
/// </summary>
/// <param name="line">The line's buffers, counters and clock.</param>
/// <param name="newcomers">Takes what no session owns.</param>
/// <param name="fragments">Knows the flows of fragments.</param>
internal abstract class GroupedRoute(LineContext line, Newcomers newcomers, FragmentTracker fragments) : IBurstRoute
{
    /// <summary>Bytes of one flow in one burst that count as few: a page of a call, a game's or a name server's packets, acknowledgments.</summary>
    private const int SmallGroup = 2048;

    private readonly (int Group, (int Packets, int Bytes) Weight)[] _large = new (int, (int, int))[PacketBurst.MaxPackets];
    private readonly FlowGrouper _grouper = new(line.Drops, fragments);

    protected LineContext Line => line;

    protected Newcomers Newcomers => newcomers;

    public void Deliver(PacketBurst burst, IActorRef reader)
    {
        var now = line.Now;
        DeliverGroups(burst, now, reader);
        while (fragments.HasReleased && line.Pool.TryLease(out var released))
        {
            fragments.MoveReleasedTo(released);
            DeliverGroups(released, now, reader);
            released.Release();
        }

        EndBurst();
    }

    /// <summary>
    /// The actor that takes the group now: null while packets of its flow wait to be newcomers, behind whom it has to go. Errors about the flow are
    /// not part of it.
    /// </summary>
    protected static IActorRef? OwnerOf(NatSession session, in FlowGroup group) =>
        session.HasNewcomers && !group.IsError ? null : session.Handler as IActorRef;

    /// <summary>Called when every group of a burst has been delivered.</summary>
    protected virtual void EndBurst() => newcomers.EndBurst();

    /// <summary>Shares the group's packets out, or counts why not. <c>weight</c> is what they are on a wire.</summary>
    protected abstract void Deliver(PacketBurst burst, in FlowGroup group, (int Packets, int Bytes) weight, TimeSpan now, IActorRef reader);

    private void DeliverGroups(PacketBurst burst, TimeSpan now, IActorRef reader)
    {
        var groups = _grouper.Group(burst, now);
        var large = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            var weight = burst.WeightOf(groups[i].First, groups[i].Count);
            if (weight.Bytes <= SmallGroup) Deliver(burst, groups[i], weight, now, reader);
            else _large[large++] = (i, weight);
        }

        foreach (var (i, weight) in _large.AsSpan(0, large)) Deliver(burst, groups[i], weight, now, reader);
    }
}
