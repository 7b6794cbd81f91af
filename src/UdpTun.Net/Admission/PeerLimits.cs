using UdpTun.Net.Flows;

namespace UdpTun.Net.Admission;

/// <summary>What one peer may take of what all share. Null: no limit.</summary>
public sealed record PeerLimits
{
    public static readonly PeerLimits None = new();

    /// <summary>Flows that the peer may begin a second, 1 or more; as many at once.</summary>
    public int? NewFlowsPerSecond { get; init; }

    /// <summary>Sessions at the same time, 1 or more.</summary>
    public int? MaxSessions { get; init; }

    /// <summary>Bytes of inner packets a second, 1 or more, in each direction.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Bytes of inner packets, both directions together.</summary>
    public long? Quota { get; init; }

    /// <summary>Ranges that the peer may reach although the server's rules close them.</summary>
    public IReadOnlyList<InetPrefix> AllowedDestinations { get; init; } = [];

    /// <summary>Ranges that it may not reach, whatever else is allowed.</summary>
    public IReadOnlyList<InetPrefix> DeniedDestinations { get; init; } = [];

    /// <summary>Whether the other means the same: a record compares its lists by where they lie.</summary>
    public bool Says(PeerLimits other) =>
        this with { AllowedDestinations = other.AllowedDestinations, DeniedDestinations = other.DeniedDestinations } == other
        && AllowedDestinations.SequenceEqual(other.AllowedDestinations) && DeniedDestinations.SequenceEqual(other.DeniedDestinations);
}
