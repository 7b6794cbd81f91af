using Serilog;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Net.Io;

namespace UdpTun.Host;

/// <summary>The one place where an exception becomes an exit code and a sentence.</summary>
internal static class FailureReport
{
    /// <summary>
    /// An expected failure is one sentence on <paramref name="error"/>; anything else is a bug and goes to <paramref name="log"/>
    /// with its stack.
    /// </summary>
    internal static ExitCode Write(Exception exception, TextWriter error, ILogger log)
    {
        var cause = exception is AggregateException { InnerExceptions: [var only] } ? only : exception;
        var code = CodeOf(cause);
        if (code is { } expected)
        {
            error.WriteLine($"udptun: {cause.Message}");
            return expected;
        }

        log.Error(cause, "udptun ends because of a fault of its own: {Fault}", cause.Message);
        return ExitCode.Failure;
    }

    private static ExitCode? CodeOf(Exception cause) => cause switch
    {
        UsageException => ExitCode.Usage,
        VerbException failed => failed.Code,
        ConfigurationException or SettingsException => ExitCode.Configuration,
        DeviceUnavailableException { Fault: DeviceFault.Privilege } => ExitCode.Privilege,
        DeviceUnavailableException { Fault: DeviceFault.NotInstalled } => ExitCode.NotInstalled,
        DeviceUnavailableException => ExitCode.Failure,
        _ => null,
    };
}
