using Akka.Actor;
using UdpTun.Actors.Routes;
using UdpTun.Actors.Routes.Shards;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Nat;

/// <summary>Where translated packets go.</summary>
/// <param name="TunWriter">Takes what leaves for the internet.</param>
/// <param name="Udp">Takes what goes back to a client.</param>
/// <param name="Hairpin">Turns round what one client sends to another's outer endpoint.</param>
/// <param name="Errors">Tells clients what became of packets that go no further.</param>
/// <param name="Unsolicited">Tells others, late, that nobody takes their connections.</param>
/// <param name="Line">Counts untranslatable packets and tells the time.</param>
internal sealed record NatEnds(
    IActorRef TunWriter, IActorRef Udp, Hairpin Hairpin, ClientErrors Errors, UnsolicitedSynAnswers Unsolicited, LineContext Line)
{
    /// <summary>What is on its way to the actor that opens sessions.</summary>
    public WaitingFlows Waiting { get; } = new();

    /// <summary>Takes what is for a client of another shard; null where there is none.</summary>
    public HandOver? HandOver { get; init; }
}
