namespace UdpTun.Net.Flows;

/// <summary>The transport protocols UdpTun follows, by their IANA protocol numbers.</summary>
public enum IpProtocol : byte
{
    None = 0,
    Icmp = 1,
    Tcp = 6,
    Udp = 17,
    IcmpV6 = 58,
}
