namespace UdpTun.Host.Tests;

/// <summary>A configuration file that lives as long as its test.</summary>
internal sealed class ConfigFile : IDisposable
{
    internal ConfigFile(params string[] lines) => File.WriteAllLines(Path, lines);

    internal string Path { get; } = $"{System.IO.Path.GetTempPath()}udptun-{Environment.ProcessId}-{Guid.NewGuid():N}.conf";

    public void Dispose() => File.Delete(Path);
}
