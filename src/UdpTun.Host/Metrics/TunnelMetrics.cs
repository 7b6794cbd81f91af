using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using UdpTun.Actors.Settings;

namespace UdpTun.Host.Metrics;

/// <summary>The instruments and the ways out that the settings ask for; nothing at all where they ask for none.</summary>
internal sealed class TunnelMetrics : IAsyncDisposable
{
    private readonly TunnelMeter? _meter;
    private readonly MetricsServer? _server;
    private readonly MeterProvider? _sender;

    private TunnelMetrics(TunnelMeter? meter, MetricsServer? server, MeterProvider? sender) =>
        (_meter, _server, _sender) = (meter, server, sender);

    /// <param name="settings">Which ways out.</param>
    /// <param name="instance">The TUN's name.</param>
    /// <param name="health">Told beside the metrics.</param>
    /// <param name="makeMeter">The instruments.</param>
    /// <exception cref="UdpTun.Net.Io.DeviceUnavailableException">The endpoint's port is taken.</exception>
    public static async Task<TunnelMetrics> StartAsync(
        MetricsSettings settings, string instance, HealthCheckService health, Func<TunnelMeter> makeMeter)
    {
        if (settings.Listen is { } listen)
        {
            var meter = makeMeter();
            return new TunnelMetrics(meter, await MetricsServer.StartAsync(listen, settings, instance, health), null);
        }

        if (settings.OtlpEndpoint is null) return new TunnelMetrics(null, null, null);
        return new TunnelMetrics(makeMeter(), null, Sdk.CreateMeterProviderBuilder().AddTunnel(instance).AddOtlp(settings).Build());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        // Sends what has been counted since the last time.
        _sender?.Dispose();
        _meter?.Dispose();
    }
}
