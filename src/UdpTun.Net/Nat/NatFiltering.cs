namespace UdpTun.Net.Nat;

/// <summary>Who may open a session from outside, by protocol. ICMP is not here: nobody queries a client through a mapping.</summary>
/// <param name="Udp">RFC 4787 section 5, REQ-8.</param>
/// <param name="Tcp">RFC 5382 section 4.2, REQ-3. Only a SYN opens, whatever the class.</param>
public sealed record NatFiltering(Filtering Udp, Filtering Tcp)
{
    /// <summary>Everybody gets in, at ports that the client has opened ("full cone").</summary>
    public static NatFiltering Open { get; } = new(Filtering.EndpointIndependent, Filtering.EndpointIndependent);

    /// <summary>Nobody gets in who has not been sent to.</summary>
    public static NatFiltering Strict { get; } = new(Filtering.AddressAndPortDependent, Filtering.AddressAndPortDependent);
}
