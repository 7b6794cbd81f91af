using UdpTun.Linux.Interop;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.Sockets;

/// <summary>The way of the tunnel's own datagrams, as the kernel's routes know it. Nothing is sent to find out.</summary>
public static unsafe class OuterPath
{
    /// <summary>
    /// Bytes of the longest IP packet that the kernel would send to <paramref name="remote"/> whole: of the route, of its device, or as
    /// routers reported lately. Null where no route leads.
    /// </summary>
    public static int? MtuTo(InetEndpoint remote)
    {
        var v4 = remote.Address.IsV4;
        var family = v4 ? SysSocket.AF_INET : SysSocket.AF_INET6;
        using var descriptor = new FileDescriptor(SysSocket.socket(family, SysSocket.SOCK_DGRAM | SysSocket.SOCK_CLOEXEC, 0));
        if (descriptor.IsInvalid) return null;
        sockaddr_in6 address;
        var length = SocketAddress.Write(&address, remote, family);
        // A connected socket has a route, and only then an MTU to tell (ip(7), ipv6(7)).
        if (SysSocket.connect(descriptor, &address, length) < 0) return null;
        var (level, option) = v4 ? (NetinetIn.IPPROTO_IP, NetinetIn.IP_MTU) : (NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_MTU);
        int mtu;
        uint size = sizeof(int);
        return SysSocket.getsockopt(descriptor, level, option, &mtu, &size) < 0 ? null : mtu;
    }
}
