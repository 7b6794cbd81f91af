using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>What the client sends through its tunnel.</summary>
public sealed record ClientHostOptions
{
    /// <summary>The TUN's own addresses.</summary>
    public required IReadOnlyList<InetPrefix> Addresses { get; init; }

    /// <summary>Destinations to send into the tunnel. A prefix of length 0 means everything, in both families.</summary>
    public required IReadOnlyList<InetPrefix> Routes { get; init; }

    /// <summary>The server's addresses outside the tunnel, which must stay reachable where a route covers one.</summary>
    public required IReadOnlyList<InetAddress> Servers { get; init; }

    /// <summary>Whether the server may turn out to be elsewhere later: its name is looked up again whenever it does not answer.</summary>
    public bool ServersMayMove { get; init; }
}
