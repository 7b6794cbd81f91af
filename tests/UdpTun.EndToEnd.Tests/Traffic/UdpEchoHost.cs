using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>Sends every datagram back to where it came from, and remembers who that was.</summary>
internal sealed class UdpEchoHost : IDisposable
{
    internal const int Port = 7;

    private readonly Socket _socket;
    private readonly ConcurrentDictionary<IPEndPoint, int> _senders = new();

    internal UdpEchoHost(NetworkNamespace host, IPAddress address)
    {
        _socket = host.OpenUdp(new IPEndPoint(address, Port));
        _ = Echo();
    }

    /// <summary>The addresses and ports that datagrams came from, as seen here.</summary>
    internal IEnumerable<IPEndPoint> Senders => _senders.Keys;

    public void Dispose() => _socket.Dispose();

    private async Task Echo()
    {
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                var datagram = await _socket.ReceiveFromAsync(buffer, _socket.LocalEndPoint!);
                _senders.AddOrUpdate((IPEndPoint)datagram.RemoteEndPoint, 1, (_, count) => count + 1);
                await _socket.SendToAsync(buffer.AsMemory(0, datagram.ReceivedBytes), datagram.RemoteEndPoint);
            }
        }
        catch (SocketException)
        {
            // The socket was disposed.
        }
        catch (ObjectDisposedException)
        {
        }
    }
}
