using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>Keeps every IPv4 UDP datagram that an interface has seen to a port, as somebody on the path would.</summary>
internal sealed class Wiretap : IDisposable
{
    // ETH_P_ALL of linux/if_ether.h, big-endian: of all links, both ways.
    private const ProtocolType All = (ProtocolType)0x0300;
    private const int EthernetBytes = 14, UdpBytes = 8;

    private readonly Socket _socket;

    internal Wiretap(NetworkNamespace host)
    {
        _socket = host.OpenSocket(AddressFamily.Packet, SocketType.Raw, All);
        _socket.ReceiveBufferSize = 4 << 20;
    }

    /// <summary>What has gone to <paramref name="port"/> since it was last asked, with who sent it.</summary>
    internal IReadOnlyList<(IPEndPoint From, byte[] Datagram)> Take(int port)
    {
        var (buffer, taken) = (new byte[65536], new List<(IPEndPoint, byte[])>());
        while (_socket.Available > 0)
        {
            var frame = buffer.AsSpan(0, _socket.Receive(buffer));
            if (frame.Length < EthernetBytes + 28 || frame[12] != 8 || frame[13] != 0) continue;
            var ip = frame[EthernetBytes..];
            var udp = ip[((ip[0] & 15) * 4)..];
            if (ip[9] != 17 || (udp[2] << 8 | udp[3]) != port) continue;
            taken.Add((new IPEndPoint(new IPAddress(ip.Slice(12, 4)), udp[0] << 8 | udp[1]), udp[UdpBytes..(udp[4] << 8 | udp[5])].ToArray()));
        }

        return taken;
    }

    public void Dispose() => _socket.Dispose();
}
