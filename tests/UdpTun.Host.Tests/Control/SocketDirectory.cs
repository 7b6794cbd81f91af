using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Tests.Control;

/// <summary>A state directory of a test with instances in it, in this process's network namespace and in an invented one.</summary>
internal sealed class SocketDirectory : IDisposable
{
    private const string OtherNamespace = "1234567";

    public string Path { get; } = Directory.CreateTempSubdirectory("udptun-control-").FullName;

    public InstancePlace Make(string device, bool here = true)
    {
        var inode = here ? new string([.. new FileInfo("/proc/self/ns/net").LinkTarget!.Where(char.IsAsciiDigit)]) : OtherNamespace;
        Directory.CreateDirectory(System.IO.Path.Combine(Path, $"{inode}-{device}"));
        return InstancePlace.All(Path).Single(place => place.Device == device && place.IsHere == here);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
