using System.Runtime.InteropServices;
using Akka.Actor;
using Serilog;
using UdpTun.Host.Configuration;

namespace UdpTun.Host.Reload;

/// <summary>SIGHUP, which asks for a reload. One that comes when nobody serves it yet ends nothing, and is served later.</summary>
internal sealed class ReloadSignal : IDisposable
{
    private readonly SemaphoreSlim _asked = new(0);
    private readonly PosixSignalRegistration _registration;

    public ReloadSignal() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);

    public void Dispose() => _registration.Dispose();

    /// <summary>Reloads at each signal until stopped. Throws nothing.</summary>
    public async Task ServeAsync(IReloader reloader, ILogger log, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _asked.WaitAsync(stop);
                await ReloadAsync(reloader, log, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // What comes from now on is the next one's.
        }
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _asked.Release();
    }

    private static async Task ReloadAsync(IReloader reloader, ILogger log, CancellationToken stop)
    {
        try
        {
            await reloader.ReloadAsync(stop);
        }
        catch (ConfigurationException)
        {
            // The reloader has told of it.
        }
        catch (AskTimeoutException)
        {
            log.Error("reload: the tunnel did not answer in time; another reload tries it again");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.Error(e, "reload: it failed because of a fault of udptun's own");
        }
    }
}
