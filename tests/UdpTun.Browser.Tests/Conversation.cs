using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd;

namespace UdpTun.Browser.Tests;

/// <summary>A flow that goes on: a program behind a client asks the internet host several times a second and is answered.</summary>
internal sealed class Conversation : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Socket _client;
    private readonly Socket _host;
    private long _answers;

    public Conversation(TunnelTopology net, int client, int port)
    {
        _host = net.Internet.OpenUdp(new IPEndPoint(TunnelTopology.InternetHost, port));
        _client = net.Clients[client - 1].OpenUdp(new IPEndPoint(IPAddress.Any, 0));
        _ = Ask(new IPEndPoint(TunnelTopology.InternetHost, port));
        _ = Listen(_client, _ => Interlocked.Increment(ref _answers));
        _ = Listen(_host, from => _host.SendTo(new byte[400], from));
    }

    public long Answers => Interlocked.Read(ref _answers);

    public void Dispose()
    {
        _client.Dispose();
        _host.Dispose();
    }

    private async Task Ask(IPEndPoint remote)
    {
        try
        {
            for (; ; await Task.Delay(Pause)) await _client.SendToAsync(new byte[200], remote);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private static async Task Listen(Socket socket, Action<EndPoint> take)
    {
        var buffer = new byte[2048];
        while (true)
        {
            try
            {
                take((await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0))).RemoteEndPoint);
            }
            catch (SocketException)
            {
                // A refusal by ICMP, or the end, which the next call tells.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }
}
