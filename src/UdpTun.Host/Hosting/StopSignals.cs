using System.Runtime.InteropServices;

namespace UdpTun.Host.Hosting;

/// <summary>
/// The first SIGINT or SIGTERM asks the program to end, a second one ends it at once by its own default action. A SIGHUP does so only when the
/// terminal that the program was started from is gone; else it is for others (<see cref="Reload.ReloadSignal"/>).
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly bool _hadTerminal = HasTerminal();
    private readonly PosixSignalRegistration[] _registrations;

    internal StopSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    internal CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stop.Dispose();
    }

    // The continuations run elsewhere: a handler that is busy would hold up the second signal.
    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !_stop.IsCancellationRequested;
        _ = _stop.CancelAsync();
    }

    private void OnHangUp(PosixSignalContext context)
    {
        if (_hadTerminal && !HasTerminal()) OnSignal(context);
    }

    // The kernel takes it away before it sends the signal; who never had one gets the same answer (tty(4), ENXIO).
    private static bool HasTerminal()
    {
        try
        {
            using var terminal = File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.Read);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
