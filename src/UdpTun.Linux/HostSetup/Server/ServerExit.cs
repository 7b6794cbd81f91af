namespace UdpTun.Linux.HostSetup;

/// <summary>How the kernel passes packets between the TUN and the internet.</summary>
public enum ServerExit
{
    /// <summary>Sources are masqueraded; the kernel lets in answers only.</summary>
    Masquerade,

    /// <summary>As masquerade, and what arrives at the NAT's ports goes to the NAT, from whomever.</summary>
    PortRange,
}
