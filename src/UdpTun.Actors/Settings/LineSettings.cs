using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Settings;

/// <param name="MaxBursts">Bursts leased from the pool at once, 4..4096; each is a buffer of 544 KiB.</param>
public sealed record LineSettings(int MaxBursts)
{
    internal static LineSettings Read(SettingsReader reader) => new(
        reader.Count("udptun.line.max-bursts", 4, 4096, "bursts"));
}
