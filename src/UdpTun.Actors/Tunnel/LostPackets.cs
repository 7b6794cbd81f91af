using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// Takes dead letters at once, on the thread that finds them: packets whose receiver is gone are counted and their buffers go back. An
/// actor could not do it for those that are under way when the tree stops, as it would be stopping itself. Thread-safe.
/// </summary>
/// <param name="path">Of whoever subscribes it.</param>
/// <param name="drops">Counts the packets.</param>
internal sealed class LostPackets(ActorPath path, DropCounters drops) : MinimalActorRef
{
    public override ActorPath Path { get; } = path / "lost-packets";

    public override IActorRefProvider Provider => throw new NotSupportedException();

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is not AllDeadLetters letter) return;
        if (letter.Message is FlowBatch lost)
        {
            drops.Add(DropReason.ActorFailed, lost.Packets.Count);
            lost.Packets.Release();
        }
        else if (letter.Message is HandedOver handed)
        {
            drops.Add(DropReason.ActorFailed, handed.Burst.Count);
            handed.Burst.Release();
        }
    }
}
