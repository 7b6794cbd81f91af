// Stage: every actor of the line. Thread: event loop. Memory: owns the batch in hand until it is passed on, kept or released.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// An actor that packets pass through. It makes "exactly one owner, released exactly once" hold by construction: the batch of
/// the message at hand is released when the handler ends, by return or by exception, unless the handler passed it on or kept it.
/// </summary>
internal abstract class PacketActor : HandlerActor
{
    private readonly DropCounters _drops;
    private FlowBatch? _inHand;

    protected PacketActor(DropCounters drops) => _drops = drops;

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is not FlowBatch batch) return base.AroundReceive(receive, message);
        _inHand = batch;
        var finished = false;
        try
        {
            var handled = base.AroundReceive(receive, message);
            finished = true;
            return handled;
        }
        finally
        {
            if (_inHand is { } left)
            {
                _inHand = null;
                if (!finished) _drops.Add(DropReason.ActorFailed, left.Packets.Count);
                left.Packets.Release();
            }
        }
    }

    /// <summary>Moves the batch in hand to the next actor; the reader that fed the line stays its sender.</summary>
    protected void Pass(IActorRef next, FlowBatch batch)
    {
        _inHand = null;
        next.Tell(batch, Sender);
    }

    /// <summary>Says that the batch in hand is now held elsewhere in this actor.</summary>
    protected void Keep() => _inHand = null;
}
