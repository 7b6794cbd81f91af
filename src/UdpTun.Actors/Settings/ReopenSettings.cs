using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Settings;

/// <summary>How a lost TUN device or socket is opened again.</summary>
/// <param name="MinBackoff">Wait before the first attempt, doubled after each failure, 10ms..60s.</param>
/// <param name="MaxBackoff">The longest wait, <paramref name="MinBackoff"/>..10m.</param>
/// <param name="CheckInterval">Time between two looks whether the link is still up, 100ms..60s.</param>
public sealed record ReopenSettings(TimeSpan MinBackoff, TimeSpan MaxBackoff, TimeSpan CheckInterval)
{
    internal const string MaxBackoffKey = "udptun.reopen.max-backoff";

    internal static ReopenSettings Read(SettingsReader reader) => new(
        reader.Time("udptun.reopen.min-backoff", TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(60)),
        reader.Time(MaxBackoffKey, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10)),
        reader.Time("udptun.reopen.check-interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60)));
}
