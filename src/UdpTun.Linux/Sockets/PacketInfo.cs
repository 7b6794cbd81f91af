// One control message of a datagram: the local address that it came to or leaves from. Loop thread, no allocation.
using System.Runtime.CompilerServices;
using UdpTun.Linux.Interop;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.Sockets;

/// <summary>The control message IP_PKTINFO of ip(7), in the room that <see cref="Space"/> bytes give it.</summary>
internal static unsafe class PacketInfo
{
    /// <summary>CMSG_LEN(sizeof(struct in_pktinfo)); the header's size is a multiple of a size_t already.</summary>
    private static readonly int Length = sizeof(cmsghdr) + sizeof(in_pktinfo);

    /// <summary>CMSG_SPACE(sizeof(struct in_pktinfo)): header and data, rounded up to a size_t.</summary>
    public static readonly nuint Space = (nuint)((Length + sizeof(nuint) - 1) / sizeof(nuint) * sizeof(nuint));

    /// <summary>The address that a datagram was sent to; false when the kernel said nothing about it.</summary>
    public static bool TryRead(in msghdr header, out InetAddress local)
    {
        local = default;
        var message = (cmsghdr*)header.msg_control;
        if (header.msg_controllen < (nuint)Length
            || message->cmsg_level != NetinetIn.IPPROTO_IP || message->cmsg_type != NetinetIn.IP_PKTINFO) return false;
        local = InetAddress.FromBytes(((in_pktinfo*)(message + 1))->ipi_spec_dst);
        return true;
    }

    /// <summary>Says that a datagram is to leave from <paramref name="local"/>.</summary>
    public static void Write(void* control, InetAddress local)
    {
        Unsafe.InitBlock(control, 0, (uint)Space);
        var message = (cmsghdr*)control;
        message->cmsg_len = (nuint)Length;
        message->cmsg_level = NetinetIn.IPPROTO_IP;
        message->cmsg_type = NetinetIn.IP_PKTINFO;
        local.WriteTo(((in_pktinfo*)(message + 1))->ipi_spec_dst);
    }
}
