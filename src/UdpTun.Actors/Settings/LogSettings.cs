using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Settings;

/// <param name="Level">The least important event logged, by the actors and by the program alike.</param>
/// <param name="File">Path of the rolling log file, or empty: none.</param>
/// <param name="MaxFileSize">Bytes after which a new file is begun, 64KiB..1GiB.</param>
/// <param name="MaxFiles">Files kept, the current one included, 1..1000.</param>
/// <param name="SummaryInterval">Time between two summary lines, 1s..1d.</param>
public sealed record LogSettings(LogVerbosity Level, string File, int MaxFileSize, int MaxFiles, TimeSpan SummaryInterval)
{
    internal static LogSettings Read(SettingsReader reader) => new(
        reader.Choice<LogVerbosity>("udptun.log.level"),
        reader.Text("udptun.log.file", "a path, or empty for no file"),
        reader.Size("udptun.log.max-file-size", 64 << 10, 1 << 30),
        reader.Count("udptun.log.max-files", 1, 1000, "files"),
        reader.Time("udptun.log.summary-interval", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)));
}
