// Stage: behind the server's two readers. Thread: event loop. Memory: shares the burst; leases another for fragments that had to wait.
using Akka.Actor;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Fragments;

namespace UdpTun.Actors.Routes;

/// <summary>
/// Groups a burst by flow and delivers each group. Fragments that came before their datagram's first one follow behind it in a burst of
/// their own; where no buffer is to be had for that they wait for the next.
/// </summary>
internal abstract class GroupedRoute(LineContext line, FragmentTracker fragments) : IBurstRoute
{
    private readonly FlowGrouper _grouper = new(line.Drops, fragments);

    protected LineContext Line => line;

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
    }

    /// <summary>Shares the group's packets out, or counts why not.</summary>
    protected abstract void Deliver(PacketBurst burst, in FlowGroup group, TimeSpan now, IActorRef reader);

    private void DeliverGroups(PacketBurst burst, TimeSpan now, IActorRef reader)
    {
        foreach (ref readonly var group in _grouper.Group(burst, now)) Deliver(burst, group, now, reader);
    }
}
