using System.Net.Sockets;
using Serilog;

namespace UdpTun.Host.Control.Server;

/// <summary>
/// The control API beside the actor system and never in its way. Its socket listens at once; what serves HTTP is loaded when somebody
/// connects for the first time (ADR 0026).
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    // sun_path of unix(7) with its terminating zero.
    private const int MaxSocketPath = 107;

    private readonly ControlSocket _socket;
    private readonly Task<ControlApplication?> _serving;

    private ControlServer(ControlSocket socket, IReadOnlyList<IControlEndpoints> groups, ILogger log) =>
        (_socket, _serving) = (socket, ServeWhenAskedAsync(socket, groups, log));

    /// <summary>Listens, or says why not: a tunnel without its control API still carries packets.</summary>
    /// <param name="path">Of the socket; what a killed run left there is replaced.</param>
    /// <param name="groups">The endpoints.</param>
    /// <param name="log">Told of failures.</param>
    public static ControlServer? TryStart(string path, IReadOnlyList<IControlEndpoints> groups, ILogger log)
    {
        if (path.Length > MaxSocketPath)
        {
            log.Warning("no control API: the path {Path:l} is longer than the {Most} bytes that a socket's may have; choose a shorter "
                + "udptun.state-directory", path, MaxSocketPath);
            return null;
        }

        try
        {
            return new ControlServer(ControlSocket.Listen(path), groups, log);
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException)
        {
            log.Warning("no control API: {Path:l}: {Reason:l}", path, exception.Message);
            return null;
        }
    }

    /// <summary>Answers who has asked before it ends. Only for endpoints that answer at once.</summary>
    public async Task FinishAsync()
    {
        _socket.Dispose();
        if (await _serving is { } application) await application.FinishAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (await _serving is { } application) await application.DisposeAsync();
    }

    private static async Task<ControlApplication?> ServeWhenAskedAsync(
        ControlSocket socket, IReadOnlyList<IControlEndpoints> groups, ILogger log)
    {
        if (await socket.AcceptAsync() is not { } first) return null;
        try
        {
            return await ControlApplication.StartAsync(socket, first, groups, log);
        }
        catch (Exception exception)
        {
            log.Error(exception, "no control API: what serves it cannot be started");
            socket.Dispose();
            first.Dispose();
            return null;
        }
    }
}
