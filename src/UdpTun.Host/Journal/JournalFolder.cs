using System.Globalization;
using System.Text.RegularExpressions;

namespace UdpTun.Host.Journal;

/// <summary>
/// The mapping journal of one server: files <c>NUMBER-TIME.mappings</c>, each made when the one before it was full or its server gone, and a lock
/// file that the server holds while it lives.
/// </summary>
internal sealed partial class JournalFolder(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>What every file begins with.</summary>
    internal static ReadOnlySpan<byte> Magic => "udptun mappings 1\n"u8;

    public string Path => path;

    /// <summary>The TUN of the server that writes it.</summary>
    public string Device => System.IO.Path.GetFileName(path);

    /// <summary>The folders below the directory of the settings, one a server.</summary>
    public static IReadOnlyList<JournalFolder> AllIn(string directory) =>
        [.. Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal).Select(folder => new JournalFolder(folder))];

    /// <summary>Makes the folder and takes it for this process until the stream is disposed.</summary>
    /// <exception cref="IOException">It cannot be made, or another process has it.</exception>
    public FileStream Take()
    {
        Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            UnixCreateMode = OwnerOnly,
        };
        return new FileStream(LockPath, options);
    }

    /// <summary>Whether a server writes here now.</summary>
    public bool IsTaken()
    {
        try
        {
            // .NET holds its locks by flock(2): a shared one is refused while the server has its own, and the kernel frees a dead one's.
            if (File.Exists(LockPath)) File.Open(LockPath, FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The files, the oldest first.</summary>
    public IReadOnlyList<JournalFile> Files() =>
    [
        .. Directory.EnumerateFiles(path).Select(file => (Path: file, Match: FileName().Match(System.IO.Path.GetFileName(file))))
            .Where(file => file.Match.Success)
            .Select(file => new JournalFile(file.Path, int.Parse(file.Match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)))
            .OrderBy(file => file.Number),
    ];

    /// <summary>A new file behind the last, empty; the oldest ones make room for it.</summary>
    /// <param name="now">Goes into its name.</param>
    /// <param name="maxFiles">Files there may be with it.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public FileStream Begin(DateTimeOffset now, int maxFiles)
    {
        var files = Files();
        foreach (var old in files.Take(files.Count - maxFiles + 1)) File.Delete(old.Path);
        var number = files.Count == 0 ? 1 : files[^1].Number + 1;
        var name = string.Create(CultureInfo.InvariantCulture, $"{number:D8}-{now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly,
        };
        return new FileStream(System.IO.Path.Combine(path, $"{name}.mappings"), options);
    }

    private string LockPath => System.IO.Path.Combine(path, "lock");

    [GeneratedRegex(@"^(\d{8})-\d{8}T\d{6}Z\.mappings$")]
    private static partial Regex FileName();
}

/// <param name="Path">Where it is.</param>
/// <param name="Number">Its place among the folder's files.</param>
internal sealed record JournalFile(string Path, int Number);
