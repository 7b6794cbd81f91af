using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>What the server needs of its host for the exit "routed".</summary>
public sealed record RoutedHostOptions
{
    /// <summary>The device towards the internet; null: that of the default route, each family its own.</summary>
    public string? Uplink { get; init; }

    /// <summary>The outer addresses, one or more, none of them the host's own. The TUN routes them.</summary>
    public required IReadOnlyList<InetAddress> Addresses { get; init; }

    /// <summary>Ranges of inner addresses that leave as they are; the TUN routes them too.</summary>
    public IReadOnlyList<InetPrefix> InnerRoutes { get; init; } = [];
}
