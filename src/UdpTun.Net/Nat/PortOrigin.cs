namespace UdpTun.Net.Nat;

/// <summary>Why a mapping has its outer port, or ICMP identifier; by the policy of the time, <see cref="NatMapping.OpenedBy"/>.</summary>
public enum PortOrigin
{
    /// <summary>Any that was free.</summary>
    Drawn,

    /// <summary>Any of the inner one's parity that was free.</summary>
    DrawnByParity,

    /// <summary>The inner one.</summary>
    Kept,

    /// <summary>The client asked for it (NAT-PMP).</summary>
    Suggested,

    /// <summary>The inner endpoint had it a while ago, and it still rested.</summary>
    TakenBack,

    /// <summary>An earlier run of the server gave it.</summary>
    Restored,

    /// <summary>The operator led it there; it may be a static mapping no more.</summary>
    Led,
}
