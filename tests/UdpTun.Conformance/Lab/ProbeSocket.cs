using System.Net;
using System.Net.Sockets;

namespace UdpTun.Conformance.Lab;

/// <summary>A UDP socket in a namespace, for a few datagrams of a probe.</summary>
internal sealed class ProbeSocket(Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[65536];

    internal IPEndPoint Local => (IPEndPoint)socket.LocalEndPoint!;

    internal Socket Socket => socket;

    internal void Send(ReadOnlySpan<byte> data, IPEndPoint to) => socket.SendTo(data, to);

    /// <summary>The next datagram, or null when none comes within <paramref name="limit"/>.</summary>
    /// <exception cref="SocketException">An ICMP error came for a connected socket.</exception>
    internal (byte[] Data, IPEndPoint From)? Receive(TimeSpan limit)
    {
        socket.ReceiveTimeout = (int)limit.TotalMilliseconds;
        EndPoint from = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            var length = socket.ReceiveFrom(_buffer, ref from);
            return (_buffer[..length], (IPEndPoint)from);
        }
        catch (SocketException silence) when (silence.SocketErrorCode == SocketError.TimedOut)
        {
            return null;
        }
    }

    /// <summary>Whether exactly these bytes come next within <paramref name="limit"/>.</summary>
    internal bool Gets(ReadOnlySpan<byte> data, TimeSpan limit) => Receive(limit) is { } datagram && data.SequenceEqual(datagram.Data);

    public void Dispose() => socket.Dispose();
}
