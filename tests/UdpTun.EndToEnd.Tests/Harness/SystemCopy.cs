namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>
/// This machine's root directory as a test may do anything to it: an overlay whose changes lie in memory and go with it. Packages are
/// installed and removed in it by the machine's own tools.
/// </summary>
internal sealed class SystemCopy : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory($"udptun-system-{Environment.ProcessId}-").FullName;

    /// <exception cref="InvalidOperationException">The machine has no overlay for us.</exception>
    public SystemCopy()
    {
        try
        {
            Command.Run("mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", _folder);
            foreach (var part in new[] { Changes, Root, $"{_folder}/work" }) Directory.CreateDirectory(part);
            Command.Run("mount", "-t", "overlay", "overlay", "-o", $"lowerdir=/,upperdir={Changes},workdir={_folder}/work", Root);
            foreach (var part in new[] { "proc", "dev" }) Command.Run("mount", "--bind", $"/{part}", $"{Root}/{part}");
            // As after a boot: what runs on the machine itself is not here.
            Command.Run("mount", "-t", "tmpfs", "tmpfs", $"{Root}/run");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The copy's root, for chroot.</summary>
    public string Root => $"{_folder}/root";

    private string Changes => $"{_folder}/changes";

    public string PathOf(string path) => $"{Root}{path}";

    public IEnumerable<string> Inside(params IEnumerable<string> command) => ["chroot", Root, .. command];

    public string Run(params IEnumerable<string> command) => Command.Run(Inside(command));

    /// <summary>What has been made or changed below a folder and has a word in its path, as seen inside.</summary>
    public IReadOnlyList<string> Changed(string folder, string word) => !Directory.Exists($"{Changes}{folder}") ? [] :
    [
        .. Directory.EnumerateFileSystemEntries($"{Changes}{folder}", "*", SearchOption.AllDirectories)
            .Select(path => path[Changes.Length..]).Where(path => path.Contains(word, StringComparison.Ordinal)),
    ];

    public void Dispose()
    {
        foreach (var mounted in new[] { $"{Root}/run", $"{Root}/dev", $"{Root}/proc", Root, _folder }) Command.Try("umount", "-l", mounted);
        Directory.Delete(_folder, recursive: true);
    }
}
