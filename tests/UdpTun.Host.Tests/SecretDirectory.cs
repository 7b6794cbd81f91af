namespace UdpTun.Host.Tests;

/// <summary>A directory for keys and peers that lives as long as its test.</summary>
internal sealed class SecretDirectory : IDisposable
{
    internal SecretDirectory() => Directory.CreateDirectory(Path);

    internal string Path { get; } = $"{System.IO.Path.GetTempPath()}udptun-secrets-{Environment.ProcessId}-{Guid.NewGuid():N}";

    internal string KeyFile => System.IO.Path.Combine(Path, "private.key");

    internal string Peers => System.IO.Path.Combine(Path, "peers");

    /// <summary>The options that lead a run to this directory.</summary>
    internal string[] Options => ["--set", $"udptun.secure.private-key-file={KeyFile}", "--set", $"udptun.secure.peers-directory={Peers}"];

    internal string Write(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, mode);
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
