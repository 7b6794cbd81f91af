using UdpTun.Actors.Settings;

namespace UdpTun.Actors.Tunnel;

/// <summary>All that the guardian needs to build its tree, and to build it again after a failure of its own.</summary>
/// <param name="Shards">The lines to build, one or more.</param>
/// <param name="Reopen">How lost devices are opened again, at first.</param>
/// <param name="SummaryInterval">Time between two summary lines in the log, at first.</param>
public sealed record GuardianPlan(IReadOnlyList<Shard> Shards, ReopenSettings Reopen, TimeSpan SummaryInterval)
{
    /// <summary>How lost devices are opened again at present.</summary>
    public ReopenSettings Reopen { get; internal set; } = Reopen;

    /// <summary>Time between two summary lines at present.</summary>
    public TimeSpan SummaryInterval { get; internal set; } = SummaryInterval;

    /// <summary>Ends when the tunnel is as fast as it gets; readiness, and nothing else, waits for it.</summary>
    public Task WarmedUp { get; init; } = Task.CompletedTask;

    /// <summary>Where the guardian says how the devices are.</summary>
    public TunnelStatus Status { get; } = new();
}
