namespace UdpTun.Net.Nat;

/// <summary>How a mapping's outer port or ICMP identifier is chosen.</summary>
public enum PortSelection
{
    /// <summary>
    /// The inner one where it lies in the range and is free, else a random one (RFC 4787 section 4.2.1 "port preservation").
    /// </summary>
    Preserve,

    /// <summary>Always a random one (RFC 6056).</summary>
    Random,
}
