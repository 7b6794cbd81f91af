using UdpTun.Net.Nat;

namespace UdpTun.Host.Roles;

/// <summary>What a role says of itself once the host is prepared.</summary>
/// <param name="Role">server, client, dump or echo.</param>
/// <param name="Mtu">The longest packet in the tunnel, in bytes.</param>
internal sealed record RoleDescription(string Role, int Mtu)
{
    /// <summary>A client's server.</summary>
    public string? Server { get; init; }

    /// <summary>How packets leave a server; null for other roles.</summary>
    public string? Exit { get; init; }

    /// <summary>What the internet sees of the NAT with a filtering, in the words of RFC 4787; null for other roles.</summary>
    public Func<NatFiltering, string>? NatClass { get; init; }

    /// <summary>What the internet knows the outer addresses by.</summary>
    public ExternalAddresses Addresses { get; init; } = ExternalAddresses.None;
}
