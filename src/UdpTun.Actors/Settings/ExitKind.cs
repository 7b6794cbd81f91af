namespace UdpTun.Actors.Settings;

/// <summary>How packets leave the server.</summary>
public enum ExitKind
{
    /// <summary>Our NAT to the TUN subnet, then the kernel's masquerade on the uplink.</summary>
    Masquerade,

    /// <summary>Nothing leaves: the server itself answers ICMP echo requests.</summary>
    Echo,
}
