using Akka.Hosting;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Tunnel;

namespace UdpTun.Actors.Hosting;

/// <summary>Registration with Akka.Hosting.</summary>
public static class UdpTunHosting
{
    /// <summary>The guardian's name: everything of ours is below <c>/user/tunnel</c>.</summary>
    public const string GuardianName = "tunnel";

    /// <summary>
    /// Adds the event loops' dispatchers and the tunnel's tree; <c>IRequiredActor&lt;TunnelGuardian&gt;</c> finds its top.
    /// </summary>
    /// <param name="builder">The actor system's builder; its HOCON must hold <c>udptun.loop-dispatcher</c>.</param>
    /// <param name="loops">The loops that carry the shards; the caller disposes them after the actor system has ended.</param>
    /// <param name="plan">The tree to build.</param>
    public static AkkaConfigurationBuilder AddUdpTun(
        this AkkaConfigurationBuilder builder, IReadOnlyList<EventLoop.EventLoop> loops, GuardianPlan plan) =>
        builder
            .AddSetup(new EventLoopSetup(loops))
            .WithActors((system, registry) =>
            {
                ShardDispatchers.Register(system, loops.Count, Shard.LoopDispatcher, Shard.LoopLastDispatcher);
                registry.Register<TunnelGuardian>(system.ActorOf(TunnelGuardian.Props(plan), GuardianName));
            });
}
