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
        using (var log = SerilogBridge.CreateLogger(Settings(maxFileSize: 1024), new LogLevelSwitch(LogVerbosity.Info)))
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
        var settings = Settings(maxFileSize: 65536);
        using (var log = SerilogBridge.CreateLogger(settings, new LogLevelSwitch(settings.Level))) log.Warning("unheard");

        Assert.Equal("", File.ReadAllText(settings.File));
    }

    private LogSettings Settings(int maxFileSize) =>
        new(LogVerbosity.Error, Path.Combine(_directory, "udptun.log"), maxFileSize, MaxFiles: 2, SummaryInterval: TimeSpan.FromMinutes(1));
}
