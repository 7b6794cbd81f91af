using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace UdpTun.Host.Logging;

/// <summary>
/// The log file, and a word on the console when it cannot be written and when it can again: by itself Serilog keeps silent about a full
/// disk, and throws at the end. The tunnel goes on either way.
/// </summary>
/// <param name="file">Writes each line at once.</param>
/// <param name="console">Is told.</param>
internal sealed class WatchedFile(ILogEventSink file, ILogger console) : ILogEventSink, IDisposable
{
    private readonly Lock _gate = new();
    private long _missing;

    public void Emit(LogEvent logEvent)
    {
        lock (_gate)
        {
            try
            {
                file.Emit(logEvent);
                if (_missing > 0) console.Warning("the log file is written again; up to {Missing} lines are missing in it", _missing);
                _missing = 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (_missing++ == 0) TellOf(e);
            }
        }
    }

    public void Dispose()
    {
        try
        {
            (file as IDisposable)?.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_missing == 0) TellOf(e); // else it is known: what was held back for want of room is lost
        }
    }

    private void TellOf(Exception reason) =>
        console.Error("the log file cannot be written, only the console has the log meanwhile: {Reason:l}", reason.Message);
}
