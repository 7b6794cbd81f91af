using UdpTun.Host.Cli;

namespace UdpTun.Host.Roles;

/// <summary>What the program does in one run.</summary>
internal interface IRole
{
    /// <summary>
    /// Runs until <paramref name="stop"/> is cancelled or the work is done, and has undone what it changed on the host when it
    /// returns. A cancelled run is a success.
    /// </summary>
    /// <returns>Null: it has changed nothing, and is to begin anew with the configuration as it is written now.</returns>
    /// <exception cref="UdpTun.Net.Io.DeviceUnavailableException">The host does not give what the role needs.</exception>
    Task<ExitCode?> RunAsync(RunContext context, CancellationToken stop);
}
