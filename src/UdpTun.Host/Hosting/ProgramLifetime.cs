using Microsoft.Extensions.Hosting;

namespace UdpTun.Host.Hosting;

/// <summary>
/// Leaves signals to <see cref="StopSignals"/>. The host's own console lifetime would swallow every SIGINT and SIGTERM, the second too,
/// which must end the program at once.
/// </summary>
internal sealed class ProgramLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
