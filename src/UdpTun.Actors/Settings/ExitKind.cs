namespace UdpTun.Actors.Settings;

/// <summary>How packets leave the server.</summary>
public enum ExitKind
{
    /// <summary>Our NAT to the TUN subnet, then the kernel's masquerade on the uplink.</summary>
    Masquerade,

    /// <summary>As masquerade, and the ports of our NAT are its own at the uplink: what arrives there is for our NAT to decide.</summary>
    PortRange,

    /// <summary>Our NAT to outer addresses that are routed to this server, and no NAT of the kernel.</summary>
    Routed,

    /// <summary>Nothing leaves: the server itself answers ICMP echo requests.</summary>
    Echo,
}
