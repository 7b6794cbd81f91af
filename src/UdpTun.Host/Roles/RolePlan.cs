using UdpTun.Actors.Lines;

namespace UdpTun.Host.Roles;

/// <summary>What a role is to run once the host is prepared.</summary>
/// <param name="About">What it says of itself.</param>
/// <param name="Shards">The line of each shard, one or more.</param>
internal sealed record RolePlan(RoleDescription About, IReadOnlyList<ILinePlan> Shards);
