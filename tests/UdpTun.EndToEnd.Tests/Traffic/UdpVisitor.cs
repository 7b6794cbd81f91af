using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>A UDP client in a namespace that asks one remote and waits for its answers.</summary>
internal sealed class UdpVisitor : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), ShortPatience = TimeSpan.FromSeconds(2);

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

    /// <summary>Sends <paramref name="question"/> and returns the next datagram that arrives, or null when none does or no route leads there.</summary>
    /// <param name="question">The datagram.</param>
    /// <param name="briefly">Waits for two seconds: no answer is expected, or this is one try of several. A busy machine may take longer.</param>
    internal Task<byte[]?> Ask(byte[] question, bool briefly = false) => Ask(question, briefly, _ => true);

    /// <summary>Whether a fresh question brings its own answer back; late ones to earlier questions are not this one's.</summary>
    internal async Task<bool> IsEchoed(bool briefly = false)
    {
        var question = Guid.NewGuid().ToByteArray();
        return await Ask(question, briefly, answer => answer.AsSpan().SequenceEqual(question)) is not null;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]?> Ask(byte[] question, bool briefly, Predicate<byte[]> isAnswer)
    {
        using var timer = new CancellationTokenSource(briefly ? ShortPatience : Patience);
        var buffer = new byte[65536];
        try
        {
            await _socket.SendToAsync(question, _remote, timer.Token);
            while (true)
            {
                var answer = await _socket.ReceiveFromAsync(buffer, _remote, timer.Token);
                if (isAnswer(buffer[..answer.ReceivedBytes])) return buffer[..answer.ReceivedBytes];
            }
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
}
