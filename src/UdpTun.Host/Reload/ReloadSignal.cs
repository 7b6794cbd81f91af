using System.Runtime.InteropServices;
using Akka.Actor;
using Serilog;
using UdpTun.Host.Configuration;

namespace UdpTun.Host.Reload;

/// <summary>Reloads whenever the process gets SIGHUP; the log tells what came of it.</summary>
internal sealed class ReloadSignal : IDisposable
{
    private readonly Reloader _reloader;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _registration;

    public ReloadSignal(Reloader reloader, ILogger log)
    {
        (_reloader, _log) = (reloader, log);
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
    }

    public void Dispose()
    {
        _registration.Dispose();
        _stop.Cancel();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _ = ReloadAsync(_stop.Token);
    }

    private async Task ReloadAsync(CancellationToken stop)
    {
        try
        {
            await Task.Run(() => _reloader.ReloadAsync(stop), stop);
        }
        catch (Exception e) when (e is ConfigurationException or OperationCanceledException)
        {
            // The reloader has told of it, or the program ends.
        }
        catch (AskTimeoutException)
        {
            _log.Error("reload: the tunnel did not answer in time; another reload tries it again");
        }
        catch (Exception e)
        {
            _log.Error(e, "reload: it failed because of a fault of udptun's own");
        }
    }
}
