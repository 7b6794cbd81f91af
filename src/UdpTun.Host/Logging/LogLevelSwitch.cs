using Akka.Actor;
using Serilog.Core;
using UdpTun.Actors.Settings;

namespace UdpTun.Host.Logging;

/// <summary>How much a run logs, which may change while it runs. The actors' loggers and Serilog are two gates; this moves both.</summary>
internal sealed class LogLevelSwitch(LogVerbosity level)
{
    /// <summary>For the program's own events.</summary>
    public LoggingLevelSwitch Own { get; } = new(LogLevels.ForSerilog(level));

    /// <summary>For those of the libraries, which tell too much of too little.</summary>
    public LoggingLevelSwitch Libraries { get; } = new(LogLevels.ForSerilog(LevelOfLibraries(level)));

    public void Set(LogVerbosity level, ActorSystem actors)
    {
        Own.MinimumLevel = LogLevels.ForSerilog(level);
        Libraries.MinimumLevel = LogLevels.ForSerilog(LevelOfLibraries(level));
        actors.EventStream.SetLogLevel(Akka.Event.Logging.LogLevelFor(LogLevels.ForAkka(level)));
    }

    private static LogVerbosity LevelOfLibraries(LogVerbosity level) => level < LogVerbosity.Warning ? LogVerbosity.Warning : level;
}
