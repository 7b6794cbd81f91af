using Akka.Actor;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Messages;
using UdpTun.Net.Io;

namespace UdpTun.Actors.WarmUp;

/// <summary>Stands in for polling: an end tells its reader by itself when something has arrived, and is never full.</summary>
internal sealed class RehearsalLoop : IEventLoop
{
    public void WatchReads(IPollSource source, IActorRef reader)
    {
        ((RehearsalEnd)source).Reader = reader;
        reader.Tell(ReadReady.Instance, ActorRefs.NoSender);
    }

    public void WatchWrites(IPollSource source, IActorRef writer) => writer.Tell(WriteReady.Instance, ActorRefs.NoSender);

    public void PauseReads(IPollSource source) => Forget(source);

    public void PauseWrites(IPollSource source)
    {
        // Told once each time it is asked for.
    }

    public void Forget(IPollSource source) => ((RehearsalEnd)source).Reader = null;
}
