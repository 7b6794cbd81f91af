namespace UdpTun.Linux.Tests;

/// <summary>A state directory that is gone after the test.</summary>
internal sealed class TestStateDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("udptun-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
