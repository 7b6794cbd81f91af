using Serilog.Events;
using UdpTun.Actors.Settings;

namespace UdpTun.Host.Logging;

/// <summary>One switch, two gates: the actors' loggers and Serilog each drop what lies below their own level.</summary>
internal static class LogLevels
{
    /// <summary>The value of akka.loglevel. Akka has nothing below debug.</summary>
    internal static string ForAkka(LogVerbosity level) => level switch
    {
        LogVerbosity.Trace or LogVerbosity.Debug => "DEBUG",
        LogVerbosity.Info => "INFO",
        LogVerbosity.Warning => "WARNING",
        LogVerbosity.Error => "ERROR",
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };

    internal static LogEventLevel ForSerilog(LogVerbosity level) => level switch
    {
        LogVerbosity.Trace => LogEventLevel.Verbose,
        LogVerbosity.Debug => LogEventLevel.Debug,
        LogVerbosity.Info => LogEventLevel.Information,
        LogVerbosity.Warning => LogEventLevel.Warning,
        LogVerbosity.Error => LogEventLevel.Error,
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };
}
