using System.Runtime.InteropServices;

namespace UdpTun.EndToEnd;

/// <summary>The outer shell of a program that makes namespaces: it says why it cannot, and its namespaces go before it does.</summary>
internal static class NamespaceProgram
{
    private const int NoNamespaces = 4;
    private const int Stopped = 130;

    /// <param name="main">The program; the token is cancelled by Ctrl+C and SIGTERM. Returns its exit code.</param>
    internal static async Task<int> Run(Func<CancellationToken, Task<int>> main)
    {
        if (NamespaceSupport.Obstacle is { } obstacle)
        {
            Console.Error.WriteLine(obstacle);
            return NoNamespaces;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Halt);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Halt);
        try
        {
            return await main(stop.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("stopped; nothing is left behind");
            return Stopped;
        }

        // A second signal would only be in a hurry.
        void Halt(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
