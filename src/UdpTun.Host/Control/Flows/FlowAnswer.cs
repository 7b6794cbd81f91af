using UdpTun.Host.Control.Status;

namespace UdpTun.Host.Control.Flows;

/// <summary>One flow, both ways, which is a session of the NAT.</summary>
internal sealed record FlowStatus
{
    /// <summary>Such as tcp-42; what <c>udptun flow ID</c> takes.</summary>
    public required string Id { get; init; }

    /// <summary>tcp, udp, icmp or icmp6.</summary>
    public required string Protocol { get; init; }

    /// <summary>Whose it is.</summary>
    public required string Peer { get; init; }

    /// <summary>The client's endpoint inside the tunnel; for ICMP its identifier stands for the port.</summary>
    public required string Inner { get; init; }

    /// <summary>What it leaves our NAT as.</summary>
    public required string Outer { get; init; }

    /// <summary>The far end; an address alone for ICMP.</summary>
    public required string Remote { get; init; }

    /// <summary>opening, established, closing or killed.</summary>
    public required string State { get; init; }

    public required double AgeSeconds { get; init; }

    /// <summary>Since the last packet that keeps it alive.</summary>
    public required double IdleSeconds { get; init; }

    /// <summary>Until it ends if nothing comes; 0 when the next sweep ends it.</summary>
    public required double LeftSeconds { get; init; }

    public required TrafficStatus Out { get; init; }

    public required TrafficStatus In { get; init; }

    /// <summary>Bytes a second towards the internet; only while somebody watches.</summary>
    public double? OutRate { get; init; }

    /// <summary>Bytes a second from the internet; only while somebody watches.</summary>
    public double? InRate { get; init; }
}

/// <summary>Flows that were asked for.</summary>
/// <param name="Flows">No more than were asked for.</param>
/// <param name="Matching">How many the filter admits.</param>
/// <param name="Sessions">All that there are.</param>
/// <param name="Mappings">All mappings.</param>
/// <param name="Next">The cursor of the next page; null: there is none.</param>
internal sealed record FlowsAnswer(IReadOnlyList<FlowStatus> Flows, int Matching, int Sessions, int Mappings, long? Next) : Answer
{
    /// <summary>All flows by client and outer address, the busiest first, whatever the filter; only while somebody watches.</summary>
    public IReadOnlyList<StrandStatus>? Strands { get; init; }
}

/// <param name="Peer">Whose flows.</param>
/// <param name="Outer">The outer address that they leave by.</param>
/// <param name="External">What the internet knows that by; null where that is not known.</param>
/// <param name="Flows">How many.</param>
/// <param name="OutRate">Bytes a second towards the internet.</param>
/// <param name="InRate">Bytes a second from it.</param>
internal sealed record StrandStatus(string Peer, string Outer, string? External, int Flows, double OutRate, double InRate);

/// <summary>One flow and why it is as it is.</summary>
/// <param name="Flow">The flow.</param>
/// <param name="External">What the internet knows its outer endpoint by; null where that is not known.</param>
/// <param name="BegunBy">client or remote.</param>
/// <param name="OuterPort">Why it leaves by this outer port, in a sentence.</param>
/// <param name="MappingSessions">How many flows share the outer port.</param>
/// <param name="Timer">The setting that decides how long it lives, and its value.</param>
/// <param name="LastDrop">The last packet of it that went no further; null: none.</param>
/// <param name="PathMtu">Bytes that the path to the remote carries, as routers said; null: none did.</param>
/// <param name="TunnelMtu">Bytes of the longest packet in the tunnel.</param>
internal sealed record FlowAnswer(
    FlowStatus Flow, string? External, string BegunBy, string OuterPort, int MappingSessions, TimerStatus Timer, DropStatus? LastDrop,
    int? PathMtu, int TunnelMtu) : Answer;

/// <param name="Setting">Its key; null for what is built in.</param>
/// <param name="Seconds">How long a silent flow lives.</param>
internal sealed record TimerStatus(string? Setting, double Seconds);

/// <param name="Reason">A DropReason.</param>
/// <param name="AgoSeconds">How long ago.</param>
/// <param name="Packets">All packets of the flow that were dropped, for whatever reason.</param>
internal sealed record DropStatus(string Reason, double AgoSeconds, long Packets);
