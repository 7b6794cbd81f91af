namespace UdpTun.Net.Nat;

/// <summary>Whom a mapping lets in from outside (RFC 4787 section 5).</summary>
public enum Filtering
{
    /// <summary>Only the endpoints that the client has sent to: what most firewalls do.</summary>
    AddressAndPortDependent,

    /// <summary>Every port of an address that the client has sent to.</summary>
    AddressDependent,

    /// <summary>Everybody, as long as the mapping lives: "full cone", which games and calls ask for.</summary>
    EndpointIndependent,
}
