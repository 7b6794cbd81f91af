using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using UdpTun.Actors.Settings;
using UdpTun.Host.Health;
using UdpTun.Host.Hosting;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Host.Metrics;

/// <summary>
/// HTTP on loopback for whoever watches over the tunnel: <c>/metrics</c> for Prometheus, <c>/livez</c> and <c>/readyz</c> with status 200 or 503.
/// It only tells, and changes nothing.
/// </summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    private const int MaxConnections = 16;

    private readonly WebApplication _app;

    private MetricsServer(WebApplication app) => _app = app;

    /// <summary>Listens.</summary>
    /// <param name="listen">Where.</param>
    /// <param name="settings">Whether metrics are sent somewhere, too.</param>
    /// <param name="instance">The TUN's name.</param>
    /// <param name="health">The actor system's health checks.</param>
    /// <exception cref="DeviceUnavailableException">The port is taken.</exception>
    public static async Task<MetricsServer> StartAsync(
        InetEndpoint listen, MetricsSettings settings, string instance, HealthCheckService health)
    {
        var server = new MetricsServer(Build(listen, settings, instance, health));
        try
        {
            await server._app.StartAsync();
            return server;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await server._app.DisposeAsync();
            throw new DeviceUnavailableException(
                $"metrics cannot be had at {listen}: {e.Message.TrimEnd('.')}; choose another udptun.metrics.listen", DeviceFault.Other, e);
        }
    }

    public ValueTask DisposeAsync() => BareWeb.EndAsync(_app);

    private static WebApplication Build(InetEndpoint listen, MetricsSettings settings, string instance, HealthCheckService health)
    {
        var builder = BareWeb.CreateBuilder(kestrel => Configure(kestrel, listen));
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddTunnel(instance).AddOtlp(settings).AddPrometheusExporter());
        var app = builder.Build();
        app.UseOpenTelemetryPrometheusScrapingEndpoint();
        app.Run(context => AnswerAsync(context, health));
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, InetEndpoint listen)
    {
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Listen(listen.Address.ToIPAddress(), listen.Port, options => options.Protocols = HttpProtocols.Http1);
    }

    private static Task AnswerAsync(HttpContext context, HealthCheckService health) => context.Request.Path.Value switch
    {
        "/livez" => TellHealthAsync(context, health, HealthRegistration.Live),
        "/readyz" => TellHealthAsync(context, health, HealthRegistration.Ready),
        _ => RefuseAsync(context),
    };

    private static async Task TellHealthAsync(HttpContext context, HealthCheckService health, string tag)
    {
        var report = await health.CheckHealthAsync(check => check.Tags.Contains(tag), context.RequestAborted);
        var checks = new JsonObject();
        foreach (var (name, entry) in report.Entries)
        {
            // Akka's check describes itself when all is well, too.
            var trouble = entry.Status == HealthStatus.Healthy ? null : entry.Description;
            checks[name] = new JsonObject { ["status"] = Word(entry.Status), ["trouble"] = trouble };
        }

        context.Response.StatusCode =
            report.Status == HealthStatus.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        var answer = new JsonObject { ["schema"] = 1, ["status"] = Word(report.Status), ["checks"] = checks };
        await context.Response.WriteAsync(answer.ToJsonString() + "\n");
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("here are /metrics, /livez and /readyz\n");
    }

    private static string Word(HealthStatus status) => status.ToString().ToLowerInvariant();
}
