// Endpoint <-> sockaddr, once a datagram or batch: no allocation.
using System.Buffers.Binary;
using UdpTun.Linux.Interop;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// Endpoints in the kernel's form. An endpoint does not say on which link a link-local address lives: <see cref="LinkOf"/> does.
/// </summary>
internal static unsafe class SocketAddress
{
    /// <summary>
    /// Fills in an address for a socket of <paramref name="family"/> and returns its length; IPv6 sockets take IPv4 in mapped form.
    /// </summary>
    public static uint Write(sockaddr_in6* address, InetEndpoint endpoint, ushort family, uint link = 0)
    {
        *address = default;
        address->sin6_port = BinaryPrimitives.ReverseEndianness(endpoint.Port);
        if (family == SysSocket.AF_INET && endpoint.Address.IsV4)
        {
            address->sin6_family = SysSocket.AF_INET;
            endpoint.Address.WriteTo(((sockaddr_in*)address)->sin_addr);
            return (uint)sizeof(sockaddr_in);
        }

        address->sin6_family = SysSocket.AF_INET6;
        endpoint.Address.WriteMappedTo(address->sin6_addr);
        address->sin6_scope_id = link;
        return (uint)sizeof(sockaddr_in6);
    }

    /// <summary>Reads an address of either family; a mapped one comes out as IPv4.</summary>
    public static InetEndpoint Read(sockaddr_in6* address)
    {
        ReadOnlySpan<byte> bytes = address->sin6_family == SysSocket.AF_INET ? ((sockaddr_in*)address)->sin_addr : address->sin6_addr;
        return new InetEndpoint(InetAddress.FromBytes(bytes), BinaryPrimitives.ReverseEndianness(address->sin6_port));
    }

    /// <summary>Index of the interface that a link-local sender was heard on; 0 of all others, whom the routes find.</summary>
    public static uint LinkOf(sockaddr_in6* address) => address->sin6_family == SysSocket.AF_INET6 ? address->sin6_scope_id : 0;
}
