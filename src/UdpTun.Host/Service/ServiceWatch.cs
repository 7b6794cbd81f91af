using Serilog;
using UdpTun.Host.Health;

namespace UdpTun.Host.Service;

/// <summary>
/// Gives the service manager its signs of life, and only for real progress: every loop has turned for it, and every device is open. When they fail
/// to come, the manager ends the program and starts it again.
/// </summary>
/// <param name="manager">Who is told.</param>
/// <param name="health">How the tunnel is.</param>
/// <param name="status">How it is in a few words, while all is well.</param>
/// <param name="log">Told when signs of life are held back, and when they are given again.</param>
internal sealed class ServiceWatch(ServiceNotifier manager, TunnelHealth health, Func<string> status, ILogger log)
{
    // Where the manager asks for no sign of life it still likes to know.
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(30);

    private string? _trouble;

    /// <summary>Tells that the tunnel is ready, and then how it is, until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        manager.Ready(status());
        // Twice within the manager's time would do (sd_watchdog_enabled(3)); a third time forgives a busy machine.
        using var timer = new PeriodicTimer(manager.Watchdog / 3 ?? StatusInterval);
        while (await timer.WaitForNextTickAsync(stop)) await TellAsync();
    }

    private async Task TellAsync()
    {
        var trouble = await health.FindStuckLoopAsync() ?? health.FindLostDevice();
        if (trouble is not null)
        {
            manager.Status(trouble);
            if (_trouble is null) log.Warning("no sign of life for the service manager: {Trouble:l}", trouble);
        }
        else
        {
            if (_trouble is not null) log.Information("signs of life for the service manager again");
            if (manager.Watchdog is null) manager.Status(status());
            else manager.Alive(status());
        }

        _trouble = trouble;
    }
}
