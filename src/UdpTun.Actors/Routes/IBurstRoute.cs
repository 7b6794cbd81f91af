using Akka.Actor;
using UdpTun.Net.Buffers;

namespace UdpTun.Actors.Routes;

/// <summary>
/// Where a reader's bursts go: splits a burst into batches and tells each to its receiver. Runs inside the reader's turn on the
/// event loop; never blocks.
/// </summary>
internal interface IBurstRoute
{
    /// <summary>
    /// Shares out the packets of <paramref name="burst"/>, which stays the reader's to release. <paramref name="reader"/> is the batches'
    /// sender: whom a full device asks to pause.
    /// </summary>
    void Deliver(PacketBurst burst, IActorRef reader);
}
