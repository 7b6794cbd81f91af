using Akka.Actor;
using UdpTun.Net.Io;

namespace UdpTun.Actors.EventLoop;

/// <summary>Who wants to hear of which device. Called from the loop's own thread only, that is from actors that run on it.</summary>
public interface IEventLoop
{
    /// <summary>
    /// Tells <paramref name="reader"/> <c>ReadReady</c> after every poll that finds the source readable, until paused or forgotten.
    /// </summary>
    void WatchReads(IPollSource source, IActorRef reader);

    /// <summary>
    /// Tells <paramref name="writer"/> <c>WriteReady</c> after every poll that finds room in the source, until paused or forgotten.
    /// </summary>
    void WatchWrites(IPollSource source, IActorRef writer);

    void PauseReads(IPollSource source);

    void PauseWrites(IPollSource source);

    /// <summary>Stops watching altogether; to be called before the source is disposed.</summary>
    void Forget(IPollSource source);
}
