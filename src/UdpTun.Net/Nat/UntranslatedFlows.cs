using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat;

/// <summary>
/// Flows that leave as they are (RFC 6888 section 4, REQ-6): to destinations that are to see the clients' own addresses, from inner
/// addresses that the network knows a way back to. Any other source would be a forged one outside.
/// </summary>
/// <param name="sources">Inner ranges that the host routes into the tunnel; none of the NAT's outer addresses lies in them.</param>
/// <param name="destinations">To these nothing is translated, whoever sends it.</param>
public sealed class UntranslatedFlows(IReadOnlyList<InetPrefix> sources, IReadOnlyList<InetPrefix> destinations)
{
    /// <summary>Everything is translated.</summary>
    public static readonly UntranslatedFlows None = new([], []);

    private readonly InetPrefix[] _sources = [.. sources];
    private readonly InetPrefix[] _destinations = [.. destinations];

    public bool LeadTo(InetAddress destination) => Holds(_destinations, destination);

    public bool MayComeFrom(InetAddress source) => Holds(_sources, source);

    private static bool Holds(InetPrefix[] prefixes, InetAddress address)
    {
        foreach (var prefix in prefixes)
            if (prefix.Contains(address)) return true;
        return false;
    }
}
