using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>A UDP client in a namespace that asks one remote and waits for its answers.</summary>
internal sealed class UdpVisitor : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly IPEndPoint _remote;

    /// <param name="host">Where the datagrams leave from.</param>
    /// <param name="remote">The address asked, at the echo port.</param>
    /// <param name="localPort">0: any.</param>
    internal UdpVisitor(NetworkNamespace host, IPAddress remote, int localPort = 0)
    {
        _socket = host.OpenUdp(new IPEndPoint(remote.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, localPort));
        _remote = new IPEndPoint(remote, UdpEchoHost.Port);
    }

    /// <summary>
    /// Sends <paramref name="question"/> and returns the next datagram that arrives, or null when none does in two seconds or no route
    /// leads there.
    /// </summary>
    internal async Task<byte[]?> Ask(byte[] question)
    {
        using var timer = new CancellationTokenSource(Patience);
        var buffer = new byte[65536];
        try
        {
            await _socket.SendToAsync(question, _remote, timer.Token);
            var answer = await _socket.ReceiveFromAsync(buffer, _remote, timer.Token);
            return buffer[..answer.ReceivedBytes];
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Whether a fresh question brings its own answer back.</summary>
    internal async Task<bool> IsEchoed()
    {
        var question = Guid.NewGuid().ToByteArray();
        var answer = await Ask(question);
        // A late answer to an earlier question is not this one's.
        return answer is not null && answer.AsSpan().SequenceEqual(question);
    }

    public void Dispose() => _socket.Dispose();
}
