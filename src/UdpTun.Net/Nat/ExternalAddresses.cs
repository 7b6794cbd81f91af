using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat;

/// <summary>
/// The outer addresses that sessions translate to, each with the external one that the internet knows it by. Behind the kernel's masquerade
/// or a cloud's NAT the two differ; then a family has one pair. An outer address that is routed to us is its own external address, and
/// a family may have many.
/// </summary>
public sealed class ExternalAddresses
{
    /// <summary>Where no external address is known.</summary>
    public static readonly ExternalAddresses None = new([]);

    private readonly Dictionary<InetAddress, InetAddress> _externals = [];
    private readonly Dictionary<InetAddress, InetAddress> _outers = [];

    /// <param name="pairs">Of both families, in any order.</param>
    /// <exception cref="ArgumentException">
    /// A pair of two families, an address twice, or several pairs of a family whose addresses differ: what is sent from one to the other
    /// and turned round would need new checksums (see <see cref="Hairpin"/>).
    /// </exception>
    public ExternalAddresses(IReadOnlyList<(InetAddress Outer, InetAddress External)> pairs)
    {
        foreach (var (outer, external) in pairs)
        {
            if (outer.IsV4 != external.IsV4) throw new ArgumentException($"{outer} and {external} are of two families", nameof(pairs));
            if (!_externals.TryAdd(outer, external) || !_outers.TryAdd(external, outer))
                throw new ArgumentException($"{outer} or {external} is in two pairs", nameof(pairs));
        }

        foreach (var (outer, external) in pairs)
        {
            if (outer != external && pairs.Count(pair => pair.Outer.IsV4 == outer.IsV4) > 1)
                throw new ArgumentException($"{outer} is not its own external address and not alone of its family", nameof(pairs));
        }
    }

    /// <summary>Addresses that are routed to us: each is known to the internet as it is.</summary>
    public static ExternalAddresses Routed(IEnumerable<InetAddress> addresses) => new([.. addresses.Select(address => (address, address))]);

    /// <summary>All that the internet knows.</summary>
    public IReadOnlyCollection<InetAddress> All => _outers.Keys;

    /// <summary>What the internet knows an outer address by.</summary>
    public bool TryGetExternal(InetAddress outer, out InetAddress external) => _externals.TryGetValue(outer, out external);

    /// <summary>The outer address that stands behind an external one.</summary>
    public bool TryGetOuter(InetAddress external, out InetAddress outer) => _outers.TryGetValue(external, out outer);
}
