namespace UdpTun.Net.Icmp;

/// <summary>The errors that this NAT itself sends.</summary>
public enum IcmpErrorKind
{
    /// <summary>The flow is refused: type 3 code 13 (RFC 1812 section 5.2.7.1), ICMPv6 type 1 code 1 (RFC 4443 section 3.1).</summary>
    Prohibited,

    /// <summary>Nobody is there: type 3 code 3 (RFC 792), ICMPv6 type 1 code 4.</summary>
    PortUnreachable,

    /// <summary>The packet has no hop left: type 11 code 0, ICMPv6 type 3 code 0.</summary>
    TimeExceeded,
}
