using Akka.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace UdpTun.Host.Health;

/// <summary>
/// The health checks of Akka.Hosting. <see cref="Live"/>: a restart would help if they fail; <see cref="Ready"/>: packets pass.
/// </summary>
internal static class HealthRegistration
{
    public const string Live = "live";
    public const string Ready = "ready";

    public static AkkaConfigurationBuilder WithTunnelHealth(this AkkaConfigurationBuilder akka, TunnelHealth health) => akka
        .WithActorSystemLivenessCheck(tags: [Live, Ready])
        .WithHealthCheck("loops", async (_, _, _) => Result(await health.FindStuckLoopAsync()), tags: [Live, Ready])
        .WithHealthCheck("devices", (_, _, _) => Task.FromResult(Result(health.FindLostDevice())), tags: [Ready]);

    private static HealthCheckResult Result(string? trouble) =>
        trouble is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(trouble);
}
