using System.Runtime.CompilerServices;

namespace UdpTun.Linux.Interop;

/// <summary>&lt;netinet/in.h&gt;: ip(7), ipv6(7).</summary>
internal static class NetinetIn
{
    public const int IPPROTO_IP = 0;
    public const int IPPROTO_UDP = 17;
    public const int IPPROTO_IPV6 = 41;
    public const int UDP_SEGMENT = 103; // <netinet/udp.h>, level IPPROTO_UDP
    public const int UDP_GRO = 104;
    public const int IP_TOS = 1;
    public const int IP_PKTINFO = 8;
    public const int IP_MTU_DISCOVER = 10;
    public const int IP_RECVTOS = 13;
    public const int IP_MTU = 14;
    public const int IP_PMTUDISC_DONT = 0;
    public const int IPV6_MTU_DISCOVER = 23;
    public const int IPV6_MTU = 24;
    public const int IPV6_V6ONLY = 26;
    public const int IPV6_RECVPKTINFO = 49;
    public const int IPV6_PKTINFO = 50;
    public const int IPV6_RECVTCLASS = 66;
    public const int IPV6_TCLASS = 67;
    public const int IPV6_PMTUDISC_DONT = 0;
}

[InlineArray(4)]
internal struct in_addr
{
    private byte _first;
}

[InlineArray(16)]
internal struct in6_addr
{
    private byte _first;
}

/// <summary>struct in_pktinfo: which of its addresses a datagram reached the host at, or is to leave from.</summary>
internal struct in_pktinfo
{
    public int ipi_ifindex;
    public in_addr ipi_spec_dst;
    public in_addr ipi_addr;
}

/// <summary>struct in6_pktinfo: the same for IPv6.</summary>
internal struct in6_pktinfo
{
    public in6_addr ipi6_addr;
    public uint ipi6_ifindex;
}

/// <summary>struct sockaddr_in; the port is in network order.</summary>
internal struct sockaddr_in
{
    public ushort sin_family;
    public ushort sin_port;
    public in_addr sin_addr;
    public ulong sin_zero;
}

/// <summary>struct sockaddr_in6; port and flow information are in network order. Room for a sockaddr_in too.</summary>
internal struct sockaddr_in6
{
    public ushort sin6_family;
    public ushort sin6_port;
    public uint sin6_flowinfo;
    public in6_addr sin6_addr;
    public uint sin6_scope_id;
}
