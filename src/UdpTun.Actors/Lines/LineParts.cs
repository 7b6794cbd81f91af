using Akka.Actor;
using UdpTun.Actors.Routes;

namespace UdpTun.Actors.Lines;

/// <summary>A line that stands: who uses which device and where the bursts go.</summary>
internal sealed record LineParts
{
    /// <summary>Reads the TUN and owns it; null on a line without.</summary>
    public IActorRef? TunReader { get; init; }

    /// <summary>Writes the TUN; null on a line that only reads it.</summary>
    public IActorRef? TunWriter { get; init; }

    /// <summary>Where the TUN's bursts go; null on a line without TUN.</summary>
    public IBurstRoute? FromTun { get; init; }

    /// <summary>Reads and writes the UDP socket and owns it; null on a line without.</summary>
    public IActorRef? Udp { get; init; }

    /// <summary>Where the socket's bursts go; null on a line without socket.</summary>
    public IBurstRoute? FromUdp { get; init; }

    /// <summary>Knows the peers of the secure transport; null on a plain line.</summary>
    public IActorRef? Peers { get; init; }

    /// <summary>Knows the sessions; null on a line without NAT.</summary>
    public IActorRef? Nat { get; init; }

    /// <summary>Speaks for the tunnel's own address; null on a line without.</summary>
    public IActorRef? Gateway { get; init; }

    /// <summary>Tells of clients and sessions; null on a line that serves nobody.</summary>
    public IActorRef? Reporter { get; init; }

    /// <summary>Changes settings while the line runs; null on a line that has none to change.</summary>
    public IActorRef? Settings { get; init; }
}
