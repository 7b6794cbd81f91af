using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>What the server needs of its host for the exit "masquerade".</summary>
public sealed record ServerHostOptions
{
    /// <summary>The device towards the internet; null: that of the default route, each family its own.</summary>
    public string? Uplink { get; init; }

    /// <summary>The prefixes of the TUN, IPv4 and IPv6: what comes out of it bears their addresses and is masqueraded.</summary>
    public required IReadOnlyList<InetPrefix> Inside { get; init; }
}
