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
    /// Adds the event loop's dispatcher and the tunnel's tree; <c>IRequiredActor&lt;TunnelGuardian&gt;</c> finds its top.
    /// </summary>
    /// <param name="builder">The actor system's builder; its HOCON must hold <c>udptun.loop-dispatcher</c>.</param>
    /// <param name="loop">The loop that carries the line; the caller disposes it after the actor system has ended.</param>
    /// <param name="plan">The tree to build.</param>
    public static AkkaConfigurationBuilder AddUdpTun(this AkkaConfigurationBuilder builder, EventLoop.EventLoop loop, GuardianPlan plan) =>
        builder
            .AddSetup(new EventLoopSetup(loop))
            .WithActors((system, registry) =>
                registry.Register<TunnelGuardian>(system.ActorOf(TunnelGuardian.Props(plan), GuardianName)));
}
