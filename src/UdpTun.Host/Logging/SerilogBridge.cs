using Akka.Hosting;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Host.Logging;

/// <summary>Akka -> logger factory -> Serilog: an actor's named placeholders and WithContext arrive as Serilog's properties.</summary>
internal static class SerilogBridge
{
    private const string Line = " {Level:u3} {Source} {Message:lj}{Context}{NewLine}{Exception}";
    private const string ConsoleTemplate = "{Timestamp:HH:mm:ss.fff}" + Line;
    private const string FileTemplate = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz}" + Line;

    /// <summary>The logger of a run: the console and, where one is set, the rolling file.</summary>
    /// <exception cref="SettingsException">The file cannot be written.</exception>
    internal static Logger CreateLogger(LogSettings settings, LogLevelSwitch level)
    {
        var configuration = ToConsole(level);
        if (settings.File.Length > 0)
        {
            CheckWritable(settings.File);
            var console = ToConsole(level).CreateLogger();
            configuration.WriteTo.Sink(LoggerSinkConfiguration.Wrap(file => new WatchedFile(file, console), sinks => sinks.File(
                settings.File,
                outputTemplate: FileTemplate,
                fileSizeLimitBytes: settings.MaxFileSize,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: settings.MaxFiles)));
        }

        return configuration.CreateLogger();
    }

    /// <summary>For the time before the settings are known.</summary>
    internal static Logger CreateConsoleLogger(LogVerbosity level) => ToConsole(new LogLevelSwitch(level)).CreateLogger();

    /// <summary>What every logger of ours shares, before its sinks.</summary>
    internal static LoggerConfiguration Configure(LogLevelSwitch level) => new LoggerConfiguration()
        .MinimumLevel.ControlledBy(level.Own)
        .MinimumLevel.Override("Microsoft", level.Libraries)
        // A failed health check is told to whoever asked.
        .MinimumLevel.Override("Microsoft.Extensions.Diagnostics.HealthChecks", LogEventLevel.Fatal)
        .Filter.ByExcluding(IsHousekeeping)
        .Enrich.With<LineEnricher>();

    /// <summary>Sends the actors' log events to the logger factory and nowhere else; their level is akka.loglevel.</summary>
    internal static AkkaConfigurationBuilder LogToLoggerFactory(this AkkaConfigurationBuilder builder) =>
        builder.ConfigureLoggers(loggers =>
        {
            loggers.ClearLoggers();
            loggers.AddLoggerFactory();
        });

    // Akka says at every stop that its own shutdown runs "because the CLR exits", which tells an operator nothing.
    private static bool IsHousekeeping(LogEvent logEvent) =>
        logEvent.Level == LogEventLevel.Information
        && logEvent.Properties.TryGetValue("LogSource", out var source)
        && source.ToString().Contains("CoordinatedShutdown", StringComparison.Ordinal);

    // Standard output belongs to dumps and tables, so the console is standard error.
    private static LoggerConfiguration ToConsole(LogLevelSwitch level) =>
        Configure(level).WriteTo.Console(outputTemplate: ConsoleTemplate, standardErrorFromLevel: LevelAlias.Minimum);

    // Serilog's file sink keeps silent about a file that it cannot open.
    private static void CheckWritable(string file)
    {
        try
        {
            if (Path.GetDirectoryName(file) is { Length: > 0 } directory) Directory.CreateDirectory(directory);
            using var opened = File.Open(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            const string Key = "udptun.log.file";
            throw new SettingsException(Key, $"{Key} is '{file}', but must be a file that can be written ({e.Message.TrimEnd('.')})");
        }
    }
}
