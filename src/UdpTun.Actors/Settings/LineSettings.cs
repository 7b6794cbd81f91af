using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Settings;

/// <param name="MaxBursts">Bursts leased from the pool at once, 4..4096; each is a buffer of 544 KiB.</param>
/// <param name="WarmUp">What is compiled before the tunnel says that it is ready.</param>
public sealed record LineSettings(int MaxBursts, WarmUpLength WarmUp)
{
    internal static LineSettings Read(SettingsReader reader) => new(
        reader.Count("udptun.line.max-bursts", 4, 4096, "bursts"),
        reader.Choice<WarmUpLength>("udptun.line.warm-up"));
}
