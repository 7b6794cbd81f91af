using Serilog;
using Serilog.Core;
using Serilog.Events;
using UdpTun.Host.Logging;

namespace UdpTun.Host.Tests.Logging;

public sealed class WatchedFileTests
{
    private readonly FullDisk _disk = new();
    private readonly ConsoleLines _console = new();

    [Fact]
    public void Full_disk_should_be_told_once_and_again_when_there_is_room()
    {
        using var file = new WatchedFile(_disk, Console());
        using var log = new LoggerConfiguration().WriteTo.Sink(file).CreateLogger();
        log.Information("written");
        Assert.Empty(_console.Lines);

        _disk.IsFull = true;
        for (var i = 0; i < 5; i++) log.Information("lost");
        Assert.Equal(["the log file cannot be written, only the console has the log meanwhile: No space left on device"], _console.Lines);

        _disk.IsFull = false;
        log.Information("written");
        log.Information("written");
        Assert.Equal("the log file is written again; up to 5 lines are missing in it", _console.Lines[1]);
        Assert.Equal(2, _console.Lines.Count);
        Assert.Equal(3, _disk.Written);
    }

    [Fact]
    public void End_should_not_fail_for_what_a_full_disk_never_took()
    {
        var file = new WatchedFile(_disk, Console());
        _disk.IsFull = true;
        file.Dispose();
        Assert.Single(_console.Lines);
    }

    private Logger Console() => new LoggerConfiguration().WriteTo.Sink(_console).CreateLogger();

    private sealed class FullDisk : ILogEventSink, IDisposable
    {
        public bool IsFull { get; set; }

        public int Written { get; private set; }

        public void Emit(LogEvent logEvent)
        {
            Check();
            Written++;
        }

        public void Dispose() => Check();

        private void Check()
        {
            if (IsFull) throw new IOException("No space left on device");
        }
    }

    private sealed class ConsoleLines : ILogEventSink
    {
        public List<string> Lines { get; } = [];

        public void Emit(LogEvent logEvent) => Lines.Add(logEvent.RenderMessage());
    }
}
