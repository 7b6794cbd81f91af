using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UdpTun.EndToEnd.Tests.Harness;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>One TCP connection from a client, down which the internet host sends for as long as the test wants; both ends keep a hash.</summary>
internal sealed class EndlessDownload : IDisposable
{
    private const int Port = 8081;
    private const int Chunk = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _far;
    private readonly Socket _near;
    private readonly Task<string> _sent;
    private readonly Task<string> _received;
    private volatile bool _stop;
    private long _bytes;

    internal EndlessDownload(Topology net)
    {
        using var listener = net.Internet.OpenTcp(AddressFamily.InterNetwork);
        listener.Bind(new IPEndPoint(TunnelTopology.InternetHost, Port));
        listener.Listen();
        _near = net.Client.OpenTcp(AddressFamily.InterNetwork);
        _near.Connect(new IPEndPoint(TunnelTopology.InternetHost, Port));
        _far = listener.Accept();
        (_sent, _received) = (Task.Run(SendAsync), Task.Run(ReceiveAsync));
    }

    /// <summary>Returns when more has arrived since now; it fails when the connection has ended or hangs.</summary>
    internal Task GoesOn()
    {
        var before = Interlocked.Read(ref _bytes);
        return Eventually.Holds("the download goes on", Patience, () => Interlocked.Read(ref _bytes) > before + Chunk);
    }

    /// <summary>Ends the download; true when all that was sent has arrived as it was.</summary>
    internal async Task<bool> EndsWhole()
    {
        _stop = true;
        return await _sent.WaitAsync(Patience) == await _received.WaitAsync(Patience);
    }

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
    }

    private async Task<string> SendAsync()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(7);
        var chunk = new byte[Chunk];
        while (!_stop)
        {
            random.NextBytes(chunk);
            hash.AppendData(chunk);
            for (var sent = 0; sent < chunk.Length;) sent += await _far.SendAsync(chunk.AsMemory(sent));
        }

        _far.Shutdown(SocketShutdown.Send);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private async Task<string> ReceiveAsync()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Chunk];
        while (await _near.ReceiveAsync(buffer.AsMemory()) is > 0 and var length)
        {
            hash.AppendData(buffer, 0, length);
            Interlocked.Add(ref _bytes, length);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
