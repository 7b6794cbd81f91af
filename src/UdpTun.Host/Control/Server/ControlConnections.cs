using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Socket = System.Net.Sockets.Socket;

namespace UdpTun.Host.Control.Server;

/// <summary>Gives Kestrel the connections of a socket that has listened before it, beginning with the one for which it was started.</summary>
internal sealed class ControlConnections(ControlSocket socket, Socket first) : IConnectionListenerFactory, IConnectionListener
{
    private readonly SocketConnectionContextFactory _connections = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    private Socket? _first = first;

    public EndPoint EndPoint => socket.EndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        var next = Interlocked.Exchange(ref _first, null) ?? await socket.AcceptAsync();
        return next is null ? null : _connections.Create(next);
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        _first?.Dispose();
        _connections.Dispose();
        return ValueTask.CompletedTask;
    }
}
