using UdpTun.Actors.Settings;
using UdpTun.Host.Logging;

namespace UdpTun.Host.Tests.Logging;

public sealed class LogFileTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"udptun-{Environment.ProcessId}-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void File_should_roll_by_size_and_keep_so_many()
    {
        using (var log = SerilogBridge.CreateLogger(new LogSettings(LogVerbosity.Error, Path.Combine(_directory, "udptun.log"), 1024, 2, TimeSpan.FromMinutes(1))))
        {
            for (var i = 0; i < 64; i++) log.Error("line {Number} of many that fill the file", i);
        }

        var files = Directory.GetFiles(_directory);
        Assert.Equal(2, files.Length);
        Assert.Contains("ERR udptun line 63 of many", File.ReadAllText(files.Max(StringComparer.Ordinal)!));
    }

    [Fact]
    public void File_should_hold_nothing_below_its_level()
    {
        var file = Path.Combine(_directory, "udptun.log");
        using (var log = SerilogBridge.CreateLogger(new LogSettings(LogVerbosity.Error, file, 65536, 2, TimeSpan.FromMinutes(1)))) log.Warning("unheard");

        Assert.Equal("", File.ReadAllText(file));
    }
}
