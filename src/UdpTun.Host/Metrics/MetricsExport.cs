using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using UdpTun.Actors.Settings;

namespace UdpTun.Host.Metrics;

/// <summary>What every way out of the metrics shares: which meters, and whom they are about.</summary>
internal static class MetricsExport
{
    // .NET's own: memory, garbage collections, CPU time, thread pool.
    private const string RuntimeMeter = "System.Runtime";

    /// <param name="builder">Of the provider.</param>
    /// <param name="instance">The TUN's name, which tells instances of one host apart.</param>
    public static MeterProviderBuilder AddTunnel(this MeterProviderBuilder builder, string instance) => builder
        .AddMeter(TunnelMeter.Name, RuntimeMeter)
        .ConfigureResource(resource => resource.Clear().AddService(
            "udptun", serviceVersion: typeof(MetricsExport).Assembly.GetName().Version?.ToString(3), serviceInstanceId: instance));

    /// <summary>Sends them to where the settings say, if they do.</summary>
    public static MeterProviderBuilder AddOtlp(this MeterProviderBuilder builder, MetricsSettings settings) => settings.OtlpEndpoint is not { } endpoint
        ? builder
        : builder.AddOtlpExporter((exporter, reader) =>
        {
            (exporter.Endpoint, exporter.Protocol) = (endpoint, OtlpExportProtocol.HttpProtobuf);
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.OtlpInterval.TotalMilliseconds;
        });
}
