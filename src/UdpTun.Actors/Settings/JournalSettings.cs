using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Settings;

/// <summary>The mapping journal: who had which outer endpoint, and when.</summary>
/// <param name="Directory">Absolute path, below which each server has a folder named like its TUN; null: no journal.</param>
/// <param name="Destinations">Whether it also tells whom clients talk to.</param>
/// <param name="MaxFileSize">Bytes after which a new file is begun, 1MiB..1GiB.</param>
/// <param name="MaxFiles">Files kept, the current one included, 2..1000.</param>
public sealed record JournalSettings(string? Directory, bool Destinations, int MaxFileSize, int MaxFiles)
{
    public const string DirectoryKey = "udptun.journal.directory";

    internal static JournalSettings Read(SettingsReader reader) => new(
        ReadDirectory(reader),
        reader.Switch("udptun.journal.destinations"),
        reader.Size("udptun.journal.max-file-size", 1 << 20, 1 << 30),
        reader.Count("udptun.journal.max-files", 2, 1000, "files"));

    private static string? ReadDirectory(SettingsReader reader)
    {
        const string Expected = "empty for no journal, or an absolute path";
        return reader.Text(DirectoryKey, Expected).Length == 0
            ? null
            : reader.Parsed(DirectoryKey, Expected, text => Path.IsPathRooted(text) ? text : null);
    }
}
