using System.Net.Sockets;

namespace UdpTun.Host.Control.Server;

/// <summary>A unix socket that owner and group may connect to.</summary>
internal sealed class ControlSocket : IDisposable
{
    private const int Waiting = 64;

    private const UnixFileMode OwnerAndGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;

    private ControlSocket(Socket socket, UnixDomainSocketEndPoint endPoint) => (_socket, EndPoint) = (socket, endPoint);

    public UnixDomainSocketEndPoint EndPoint { get; }

    /// <summary>Listens; what a killed run left at the path is replaced.</summary>
    /// <exception cref="SocketException">The path cannot be had; or <see cref="IOException"/>, <see cref="UnauthorizedAccessException"/>.</exception>
    public static ControlSocket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(path);
            var endPoint = new UnixDomainSocketEndPoint(path);
            socket.Bind(endPoint);
            // Before it listens, so that nobody has connected when the mode begins to count.
            File.SetUnixFileMode(path, OwnerAndGroup);
            socket.Listen(Waiting);
            return new ControlSocket(socket, endPoint);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The next connection; null once this is disposed.</summary>
    public async ValueTask<Socket?> AcceptAsync()
    {
        while (true)
        {
            try
            {
                return await _socket.AcceptAsync();
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException)
            {
                // Who connected is gone, or there is no descriptor left for them at the moment.
                await Task.Delay(s_pause);
            }
        }
    }

    /// <summary>Ends it and takes its name away.</summary>
    public void Dispose() => _socket.Dispose();
}
