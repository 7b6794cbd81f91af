using Akka.Actor;
using UdpTun.Actors.Routes;
using UdpTun.Net.Buffers;

namespace UdpTun.Actors.Tests.Fakes;

/// <summary>Shows a test each burst as an array of packets, before the reader releases it.</summary>
internal sealed class RecordingRoute(IActorRef probe) : IBurstRoute
{
    public void Deliver(PacketBurst burst, IActorRef reader) =>
        probe.Tell(Enumerable.Range(0, burst.Count).Select(i => burst.Packet(i).ToArray()).ToArray(), reader);
}
