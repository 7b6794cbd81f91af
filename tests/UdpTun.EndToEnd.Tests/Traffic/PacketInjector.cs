using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>
/// Puts bytes of any kind onto an interface as if the kernel had routed them there: a packet(7) socket asks no questions.
/// </summary>
internal sealed class PacketInjector : IDisposable
{
    // struct sockaddr_ll of linux/if_packet.h: family, protocol (big-endian), interface index, then the hardware address.
    private const int AddressSize = 20;
    private const int ProtocolOffset = 2;
    private const int IndexOffset = 4;
    private const ushort EthernetIp = 0x0800;

    private readonly Socket _socket;
    private readonly SocketAddress _interface = new(AddressFamily.Packet, AddressSize);

    internal PacketInjector(NetworkNamespace host, string interfaceName)
    {
        var index = int.Parse(host.Run("cat", $"/sys/class/net/{interfaceName}/ifindex"));
        BinaryPrimitives.WriteUInt16BigEndian(_interface.Buffer.Span[ProtocolOffset..], EthernetIp);
        BinaryPrimitives.WriteInt32LittleEndian(_interface.Buffer.Span[IndexOffset..], index);
        // Protocol 0: the socket sends and is given nothing to read.
        _socket = host.OpenSocket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
    }

    internal void Send(ReadOnlySpan<byte> packet) => _socket.SendTo(packet, SocketFlags.None, _interface);

    public void Dispose() => _socket.Dispose();
}
