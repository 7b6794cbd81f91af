using Akka.Actor;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Nat;

/// <summary>Where translated packets go, and where untranslatable ones are counted.</summary>
/// <param name="TunWriter">Takes what leaves for the internet.</param>
/// <param name="Udp">Takes what goes back to a client.</param>
/// <param name="Drops">The line's drop counters.</param>
internal sealed record NatEnds(IActorRef TunWriter, IActorRef Udp, DropCounters Drops);
