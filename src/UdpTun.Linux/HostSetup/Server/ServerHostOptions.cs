using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>What the server needs of its host for the exits "masquerade" and "port-range".</summary>
public sealed record ServerHostOptions
{
    /// <summary>The device towards the internet; null: that of the default route, each family its own.</summary>
    public string? Uplink { get; init; }

    /// <summary>The prefixes of the TUN, IPv4 and IPv6: what comes out of it bears their addresses and is masqueraded.</summary>
    public required IReadOnlyList<InetPrefix> Inside { get; init; }

    /// <summary>The ports that are to be the NAT's alone (exit port-range); null: exit masquerade.</summary>
    public NatPorts? NatPorts { get; init; }

    /// <summary>
    /// How long the NAT keeps idle sessions, which the kernel must not undercut; null: the kernel's own timers are left to be.
    /// </summary>
    public NatTimeouts? Timeouts { get; init; }

    /// <summary>The IPv4 address that the internet knows the server by, where another NAT is in front of it; null: the uplink's.</summary>
    public InetAddress? ExternalAddress { get; init; }

    /// <summary>The same for IPv6.</summary>
    public InetAddress? ExternalAddress6 { get; init; }
}
