using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>
/// One call again and again, in bursts that fill the queue of whoever is called. The next burst waits until the answers to the last one have
/// ended, however slow the machine is: the queue has emptied, and others get their calls in. A call whose first mac is right costs a server the
/// arithmetic of a handshake.
/// </summary>
internal sealed class HandshakeFlood : IDisposable
{
    private const int Burst = 500;

    // Shorter than the second for which a server stays under load.
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly Thread _thread;
    private volatile bool _stopped;

    internal HandshakeFlood(NetworkNamespace host, IPEndPoint server, byte[] call)
    {
        _socket = host.OpenUdp(new IPEndPoint(IPAddress.Any, 0));
        _thread = new Thread(() =>
        {
            while (!_stopped)
            {
                for (var i = 0; i < Burst; i++) _socket.SendTo(call, server);
                while (!_stopped && _socket.Poll(Silence, SelectMode.SelectRead)) _socket.Receive(new byte[2048]);
            }
        });
        _thread.Start();
    }

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        _socket.Dispose();
    }
}
