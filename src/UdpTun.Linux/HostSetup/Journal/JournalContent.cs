using System.Text;
using System.Text.Json;

namespace UdpTun.Linux.HostSetup;

/// <summary>What a journal says.</summary>
/// <param name="Owner">Whose changes these are; null when nothing was written or the first line is damaged.</param>
/// <param name="Changes">In the order in which they were made.</param>
/// <param name="DamagedLine">
/// The first line that cannot be read, which ends the list: changes are undone last first, and those behind it are not known.
/// </param>
internal sealed record JournalContent(JournalOwner? Owner, IReadOnlyList<HostChange> Changes, int? DamagedLine)
{
    public static JournalContent None { get; } = new(null, [], null);

    /// <summary>A last line without its end is none: its change was never made.</summary>
    public static JournalContent Parse(string text)
    {
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n')[..^1];
        if (lines.Length == 0) return None;
        if (TryRead(() => JsonSerializer.Deserialize(Encoding.UTF8.GetBytes(lines[0]), JournalJson.Default.JournalOwner)) is not { Inode: not null, Boot: not null } owner)
            return None with { DamagedLine = 1 };
        var changes = new List<HostChange>();
        foreach (var line in lines[1..])
        {
            if (TryRead(() => JsonSerializer.Deserialize(Encoding.UTF8.GetBytes(line), JournalJson.Default.HostChange)) is not { IsSound: true } change)
                return new JournalContent(owner, changes, changes.Count + 2);
            changes.Add(change);
        }

        return new JournalContent(owner, changes, null);
    }

    private static T? TryRead<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException) // the latter: no known kind of change
        {
            return null;
        }
    }
}
