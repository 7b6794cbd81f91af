namespace UdpTun.Net.PortMapping;

/// <summary>How a NAT-PMP request ended, by the numbers of RFC 6886 section 3.5.</summary>
public enum NatPmpResult : ushort
{
    Success = 0,

    /// <summary>Another version than 0; a client of PCP then falls back to NAT-PMP (RFC 6887 appendix A).</summary>
    UnsupportedVersion = 1,

    /// <summary>The operator does not allow it: NAT-PMP is off, or the mapping is the operator's own.</summary>
    NotAuthorized = 2,

    /// <summary>The gateway does not know its external address.</summary>
    NetworkFailure = 3,

    /// <summary>No port is free, or the client has as many as it may have.</summary>
    OutOfResources = 4,

    UnsupportedOpcode = 5,
}
