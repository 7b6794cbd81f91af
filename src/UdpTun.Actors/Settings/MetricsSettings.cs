using System.Net;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings;

/// <summary>Where metrics are to be had.</summary>
/// <param name="Listen">Loopback address and TCP port of the endpoint for metrics and health; null: there is none.</param>
/// <param name="OtlpEndpoint">Where they are sent to by OTLP over HTTP; null: nowhere.</param>
/// <param name="OtlpInterval">How often, 1s..1h.</param>
public sealed record MetricsSettings(InetEndpoint? Listen, Uri? OtlpEndpoint, TimeSpan OtlpInterval)
{
    internal static MetricsSettings Read(SettingsReader reader) => new(
        ReadListen(reader),
        ReadOtlpEndpoint(reader),
        reader.Time("udptun.metrics.otlp-interval", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)));

    private static InetEndpoint? ReadListen(SettingsReader reader)
    {
        const string Key = "udptun.metrics.listen";
        const string Expected = "empty or a loopback ADDRESS:PORT, such as 127.0.0.1:9878 or [::1]:9878";
        return reader.Text(Key, Expected).Length == 0
            ? null
            : reader.Parsed<InetEndpoint>(Key, Expected, text =>
                InetEndpoint.TryParse(text, out var endpoint) && endpoint.Port > 0 && IPAddress.IsLoopback(endpoint.Address.ToIPAddress())
                    ? endpoint : null);
    }

    private static Uri? ReadOtlpEndpoint(SettingsReader reader)
    {
        const string Key = "udptun.metrics.otlp-endpoint";
        const string Expected = "empty or an http or https URL, such as http://127.0.0.1:4318/v1/metrics";
        return reader.Text(Key, Expected).Length == 0
            ? null
            : reader.Parsed(Key, Expected, text =>
                Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
                    ? url : null);
    }
}
