using Akka.Actor;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Peers;
using UdpTun.Host.Uapi;

namespace UdpTun.Host.Roles;

/// <summary>What a role is to run once the host is prepared.</summary>
/// <param name="About">What it says of itself.</param>
/// <param name="Shards">The line of each shard, one or more.</param>
internal sealed record RolePlan(RoleDescription About, IReadOnlyList<ILinePlan> Shards)
{
    /// <summary>What wg sees, given the guardian; null: what it sees of any server or client.</summary>
    public Func<IActorRef, IUapiTarget>? Uapi { get; init; }

    /// <summary>Completes when the role's work is done without anybody stopping it; null: never.</summary>
    public Task? Gone { get; init; }

    /// <summary>The secure transport, one for all shards; null in plain mode.</summary>
    public SecureEnd? Secure => Shards[0] switch
    {
        ServerLine server => server.Secure,
        EchoExitLine echo => echo.Secure,
        PeerLine peers => peers.Secure,
        _ => null,
    };
}
