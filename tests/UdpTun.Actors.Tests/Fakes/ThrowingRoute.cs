using Akka.Actor;
using UdpTun.Actors.Routes;
using UdpTun.Net.Buffers;

namespace UdpTun.Actors.Tests.Fakes;

/// <summary>A bug in a route, as far as the reader can tell.</summary>
internal sealed class ThrowingRoute : IBurstRoute
{
    public void Deliver(PacketBurst burst, IActorRef reader) => throw new InvalidOperationException("meant to fail");
}
