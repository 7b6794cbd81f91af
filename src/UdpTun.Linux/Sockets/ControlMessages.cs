// What a datagram bears beside its bytes: where it came to or leaves from, and its traffic class. Loop thread, no allocation.
using System.Runtime.CompilerServices;
using UdpTun.Linux.Interop;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// The control messages (cmsg(3)) of ip(7) and ipv6(7): IP_PKTINFO, IP_TOS, IPV6_PKTINFO, IPV6_TCLASS. What belongs to an IPv4 datagram
/// is written in IPv4's, on an IPv6 socket too.
/// </summary>
internal static unsafe class ControlMessages
{
    /// <summary>Room for the longest local address, a class and a segment's size.</summary>
    public static readonly int Space = SpaceOf(sizeof(in6_pktinfo)) + SpaceOf(sizeof(int)) + SpaceOf(sizeof(int));

    /// <summary>What the kernel said about a received datagram.</summary>
    /// <param name="header">The message as recvmmsg(2) left it.</param>
    /// <param name="local">The address that it was sent to.</param>
    /// <param name="outerClass">Its traffic class; 0 where the kernel did not tell.</param>
    /// <param name="size">Bytes of each of the datagrams that the kernel has joined, but the last (UDP_GRO); 0: it is one.</param>
    /// <returns>True when the kernel told the local address.</returns>
    public static bool Read(in msghdr header, out InetAddress local, out TrafficClass outerClass, out int size)
    {
        (local, outerClass, size) = (default, default, 0);
        var found = false;
        for (nuint at = 0; at + (nuint)sizeof(cmsghdr) <= header.msg_controllen;)
        {
            var message = (cmsghdr*)((byte*)header.msg_control + at);
            switch (message->cmsg_level, message->cmsg_type)
            {
                case (NetinetIn.IPPROTO_IP, NetinetIn.IP_PKTINFO):
                    local = InetAddress.FromBytes(((in_pktinfo*)(message + 1))->ipi_spec_dst);
                    found = true;
                    break;
                case (NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_PKTINFO):
                    local = InetAddress.FromBytes(((in6_pktinfo*)(message + 1))->ipi6_addr);
                    found = true;
                    break;
                case (NetinetIn.IPPROTO_IP, NetinetIn.IP_TOS):
                    outerClass = new TrafficClass(*(byte*)(message + 1)); // received as a byte, sent as an int
                    break;
                case (NetinetIn.IPPROTO_UDP, NetinetIn.UDP_GRO):
                    size = *(int*)(message + 1);
                    break;
                case (NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_TCLASS):
                    outerClass = new TrafficClass((byte)*(int*)(message + 1));
                    break;
            }

            at += Align(message->cmsg_len);
        }

        return found;
    }

    /// <summary>Says that a datagram is to leave from the given address, by the given interface if one is named; returns the bytes taken.</summary>
    public static int WriteLocal(byte* control, InetAddress local, uint link)
    {
        if (local.IsV4)
        {
            var info = (in_pktinfo*)Begin(control, NetinetIn.IPPROTO_IP, NetinetIn.IP_PKTINFO, sizeof(in_pktinfo));
            local.WriteTo(info->ipi_spec_dst);
            return SpaceOf(sizeof(in_pktinfo));
        }

        var info6 = (in6_pktinfo*)Begin(control, NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_PKTINFO, sizeof(in6_pktinfo));
        local.WriteTo(info6->ipi6_addr);
        info6->ipi6_ifindex = link;
        return SpaceOf(sizeof(in6_pktinfo));
    }

    /// <summary>Gives a datagram its traffic class; to be written last. Returns the bytes taken.</summary>
    public static int WriteClass(byte* control, TrafficClass outerClass, bool v4)
    {
        var (level, type) = v4 ? (NetinetIn.IPPROTO_IP, NetinetIn.IP_TOS) : (NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_TCLASS);
        *(int*)Begin(control, level, type, sizeof(int)) = outerClass.Value;
        return SpaceOf(sizeof(int));
    }

    /// <summary>Lets the kernel cut a message into datagrams of that many bytes (UDP_SEGMENT); returns the bytes taken.</summary>
    public static int WriteSegmentSize(byte* control, int size)
    {
        *(ushort*)Begin(control, NetinetIn.IPPROTO_UDP, NetinetIn.UDP_SEGMENT, sizeof(ushort)) = (ushort)size;
        return SpaceOf(sizeof(ushort));
    }

    /// <summary>The bytes of a message's control messages before its class.</summary>
    public static nuint LengthBeforeClass(in msghdr header)
    {
        nuint at = 0;
        while (at < header.msg_controllen)
        {
            var message = (cmsghdr*)((byte*)header.msg_control + at);
            if (message->cmsg_type is NetinetIn.IP_TOS or NetinetIn.IPV6_TCLASS) break;
            at += Align(message->cmsg_len);
        }

        return at;
    }

    private static void* Begin(byte* control, int level, int type, int bytes)
    {
        Unsafe.InitBlock(control, 0, (uint)SpaceOf(bytes));
        var message = (cmsghdr*)control;
        message->cmsg_len = (nuint)(sizeof(cmsghdr) + bytes);
        message->cmsg_level = level;
        message->cmsg_type = type;
        return message + 1;
    }

    // CMSG_SPACE and CMSG_ALIGN; the header's size is a multiple of a size_t already.
    private static int SpaceOf(int bytes) => (int)Align((nuint)(sizeof(cmsghdr) + bytes));

    private static nuint Align(nuint bytes) => (bytes + (nuint)sizeof(nuint) - 1) & ~((nuint)sizeof(nuint) - 1);
}
