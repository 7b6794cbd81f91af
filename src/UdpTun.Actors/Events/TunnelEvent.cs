using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Events;

/// <summary>Something that has happened to a flow, a mapping or a peer; made only when somebody listens.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When, by the time of day.</param>
/// <param name="Peer">The name of the peer that it is about.</param>
public sealed record TunnelEvent(TunnelEventKind Kind, DateTimeOffset At, string Peer)
{
    /// <summary>The session's name; null where there is no session.</summary>
    public string? Flow { get; init; }

    /// <summary>Of the flow or mapping; null for a peer.</summary>
    public IpProtocol? Protocol { get; init; }

    /// <summary>The client's endpoint inside the tunnel; null for a peer, and for a flow from outside that leads nowhere.</summary>
    public InetEndpoint? Inner { get; init; }

    /// <summary>What it leaves our NAT as.</summary>
    public InetEndpoint? Outer { get; init; }

    /// <summary>The far end; port 0 for ICMP.</summary>
    public InetEndpoint? Remote { get; init; }

    /// <summary>Where the peer is.</summary>
    public InetEndpoint? Endpoint { get; init; }

    /// <summary>Why it happened, or what was asked for, in a few words.</summary>
    public string? Why { get; init; }

    /// <summary>How many it stands for: of many refusals a few are told of.</summary>
    public long Count { get; init; } = 1;

    /// <summary>What a closed flow has sent towards the internet and received from it; of a peer the other way round: from it, to it.</summary>
    public (TrafficCounters Out, TrafficCounters In)? Traffic { get; init; }
}
