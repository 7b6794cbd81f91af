using Akka.Actor;
using Akka.Event;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// The logger of an actor that lives long. Akka's own heeds the level of the moment that it was made for ever after; this one is made anew when
/// the level has changed. For its actor's turns alone.
/// </summary>
internal sealed class LiveLog : ILoggingAdapter
{
    private BusLogging _log;
    private LogLevel _level;

    private LiveLog(BusLogging log) => (_log, _level) = (log, log.Bus.LogLevel);

    public ILogMessageFormatter Formatter => _log.Formatter;

    public bool IsDebugEnabled => Current.IsDebugEnabled;

    public bool IsInfoEnabled => Current.IsInfoEnabled;

    public bool IsWarningEnabled => Current.IsWarningEnabled;

    public bool IsErrorEnabled => Current.IsErrorEnabled;

    private BusLogging Current
    {
        get
        {
            if (_log.Bus.LogLevel != _level)
            {
                _log = new BusLogging(_log.Bus, _log.LogSource, _log.LogClass, _log.Formatter);
                _level = _log.Bus.LogLevel;
            }

            return _log;
        }
    }

    public static ILoggingAdapter Of(IActorContext context) => new LiveLog((BusLogging)context.GetLogger());

    public bool IsEnabled(LogLevel logLevel) => Current.IsEnabled(logLevel);

    public void Log(LogLevel logLevel, Exception? cause, string format) => Current.Log(logLevel, cause, format);

    public void Log(LogLevel logLevel, Exception? cause, LogMessage message) => Current.Log(logLevel, cause, message);
}
