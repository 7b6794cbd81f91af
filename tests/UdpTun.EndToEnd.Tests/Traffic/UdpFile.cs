using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>
/// Sends a file through an echo host in numbered datagrams, and again those that do not come back. They leave joined (UDP_SEGMENT), so a
/// TUN with offload gets them as super-packets.
/// </summary>
internal sealed class UdpFile : IDisposable
{
    private const int SOL_UDP = 17;
    private const int UDP_SEGMENT = 103; // linux/udp.h
    private const int ChunkBytes = 1200;
    private const int NumberBytes = 4;
    private const int Window = 32; // chunks in flight
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);

    private readonly Socket _socket;
    private readonly IPEndPoint _remote;

    internal UdpFile(NetworkNamespace host, IPAddress remote)
    {
        _socket = host.OpenUdp(new IPEndPoint(IPAddress.Any, 0));
        _socket.SetRawSocketOption(SOL_UDP, UDP_SEGMENT, BitConverter.GetBytes(ChunkBytes));
        _remote = new IPEndPoint(remote, UdpEchoHost.Port);
    }

    /// <summary>Sends random chunks and returns the SHA-256 of what was sent and of what came back for each.</summary>
    /// <exception cref="InvalidDataException">What came back was never sent.</exception>
    internal (string Sent, string Returned) Exchange(int chunks, int seed)
    {
        var sent = new byte[chunks * ChunkBytes];
        new Random(seed).NextBytes(sent);
        for (var i = 0; i < chunks; i++) BinaryPrimitives.WriteInt32BigEndian(sent.AsSpan(i * ChunkBytes), i);
        var returned = new byte[sent.Length];
        for (var first = 0; first < chunks; first += Window)
        {
            var missing = Enumerable.Range(first, Math.Min(Window, chunks - first)).ToHashSet();
            while (missing.Count > 0)
            {
                _socket.SendTo(missing.SelectMany(i => sent[(i * ChunkBytes)..((i + 1) * ChunkBytes)]).ToArray(), _remote);
                Collect(returned, missing);
            }
        }

        return (Convert.ToHexString(SHA256.HashData(sent)), Convert.ToHexString(SHA256.HashData(returned)));
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Takes what comes back until nothing is missing or nothing more comes. A later copy replaces an earlier one.</summary>
    private void Collect(byte[] returned, HashSet<int> missing)
    {
        var buffer = new byte[65536];
        while (missing.Count > 0 && _socket.Poll(Silence, SelectMode.SelectRead))
        {
            var length = _socket.Receive(buffer);
            var number = length >= NumberBytes ? BinaryPrimitives.ReadInt32BigEndian(buffer) : -1;
            if (length != ChunkBytes || (uint)number >= returned.Length / ChunkBytes)
                throw new InvalidDataException($"a datagram of {length} bytes with the number {number} came back");
            buffer.AsSpan(0, length).CopyTo(returned.AsSpan(number * ChunkBytes));
            missing.Remove(number);
        }
    }
}
