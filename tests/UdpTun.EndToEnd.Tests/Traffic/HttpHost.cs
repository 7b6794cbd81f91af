using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>
/// A small HTTP/1.1 server in a namespace. <c>GET /{seed}/{length}</c> answers with that <see cref="Payload"/>; any request
/// with a body is answered with the body's SHA-256. Each answer names the peer it saw in <c>X-Seen-From</c>.
/// </summary>
internal sealed class HttpHost : IDisposable
{
    internal const int Port = 8080;

    private readonly Socket _listener;

    internal HttpHost(NetworkNamespace host, IPAddress address)
    {
        _listener = host.OpenTcp(address.AddressFamily);
        _listener.Bind(new IPEndPoint(address, Port));
        _listener.Listen();
        _ = Accept();
    }

    public void Dispose() => _listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await _listener.AcceptAsync());
        }
        catch (SocketException)
        {
            // The listener was disposed.
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private static async Task Serve(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var head = await ReadHead(stream);
            var from = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            var length = Header(head, "Content-Length");
            if (length is null)
            {
                var path = head.Split(' ')[1].Split('/');
                var payload = new Payload(Number(path[1]), Number(path[2]));
                await WriteHead(stream, from, payload.Length);
                await payload.WriteTo(stream);
            }
            else
            {
                var hash = Encoding.ASCII.GetBytes(await Payload.Sha256Of(stream, long.Parse(length, CultureInfo.InvariantCulture)));
                await WriteHead(stream, from, hash.Length);
                await stream.WriteAsync(hash);
            }
        }
        catch (IOException)
        {
            // The client went away; its own end of the test says what that means.
        }
    }

    private static async Task<string> ReadHead(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        // Byte by byte, so that nothing of the body is taken; a head is short.
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private static string? Header(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    private static ValueTask WriteHead(NetworkStream stream, IPAddress from, long length) => stream.WriteAsync(
        Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nX-Seen-From: {from}\r\nConnection: close\r\n\r\n"));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
