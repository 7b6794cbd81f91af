using UdpTun.Net.Flows;
using UdpTun.Net.PortMapping;

namespace UdpTun.Net.Nat;

/// <summary>What the RFCs leave to the operator, as data.</summary>
public sealed record NatPolicy
{
    /// <summary>
    /// The IPv4 addresses that packets leave with, each client's with one of them (<see cref="AddressPool"/>); none: IPv4 is not
    /// translated.
    /// </summary>
    public IReadOnlyList<InetAddress> OuterV4 { get; init; } = [];

    /// <summary>The same for IPv6.</summary>
    public IReadOnlyList<InetAddress> OuterV6 { get; init; } = [];

    /// <summary>What leaves with its inner source all the same.</summary>
    public UntranslatedFlows Untranslated { get; init; } = UntranslatedFlows.None;

    /// <summary>The outer ports and ICMP identifiers, for each protocol and outer address its own.</summary>
    public PortRange Ports { get; init; } = new(20000, 29999);

    /// <summary>
    /// The outer ports for TCP and UDP ports below 1024 while there is one free, apart from <see cref="Ports"/> (RFC 4787 section 4.2.1, REQ-3);
    /// null: they get those of all others.
    /// </summary>
    public PortRange? LowPorts { get; init; }

    public PortSelection PortSelection { get; init; } = PortSelection.Preserve;

    /// <summary>
    /// Whether an odd inner UDP port gets an odd outer one and an even one an even, while there is one (RFC 4787 section 4.2.2, REQ-4).
    /// </summary>
    public bool PortParity { get; init; }

    /// <summary>How long a freed port is given to nobody but its last owner (RFC 6888 section 4, REQ-8); zero: at once.</summary>
    public TimeSpan PortRest { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Ports that lead to clients for ever, at the first outer address of their family.</summary>
    public IReadOnlyList<StaticMapping> StaticMappings { get; init; } = [];

    public NatFiltering Filtering { get; init; } = NatFiltering.Strict;

    public NatTimeouts Timeouts { get; init; } = NatTimeouts.Recommended;

    /// <summary>Sessions of one client at most, all protocols together; 1 or more.</summary>
    public int MaxSessionsPerClient { get; init; } = 4096;

    /// <summary>
    /// How many of <see cref="MaxSessionsPerClient"/>, in percent, others may begin through the client's mappings; 0 to 99. The rest is the
    /// client's own, however many strangers knock.
    /// </summary>
    public int MaxPercentFromOutside { get; init; } = 50;

    /// <summary>The same as a number.</summary>
    public int MaxSessionsFromOutside => (int)((long)MaxSessionsPerClient * MaxPercentFromOutside / 100);

    /// <summary>Outer ports and identifiers of one client at most, all protocols together (RFC 6888 section 4, REQ-4); 1 or more.</summary>
    public int MaxMappingsPerClient { get; init; } = 2048;

    /// <summary>
    /// Bytes of the longest packet that the tunnel carries whole; TCP connections are told to stay within it by their SYNs' maximum segment
    /// size, both ways. 0: they are not.
    /// </summary>
    public int TunnelMtu { get; init; }

    /// <summary>
    /// Whether a packet from outside, too, keeps a UDP or ICMP session alive. RFC 4787 section 4.3, REQ-6 demands it of packets
    /// from inside and leaves this open; off, so that the far side cannot hold a port that the client has given up. TCP is kept
    /// alive by both sides always: its FIN and RST, not the clock, tell when the client has given it up.
    /// </summary>
    public bool InboundRefresh { get; init; }

    /// <summary>How often idle sessions are looked for; more than zero.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the other has the same outer addresses and ports: a table cannot change them.</summary>
    public bool HasSameEndpoints(NatPolicy other) => OuterV4.SequenceEqual(other.OuterV4) && OuterV6.SequenceEqual(other.OuterV6)
        && Ports == other.Ports && LowPorts == other.LowPorts;
}
