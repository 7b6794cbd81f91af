// Stage: each batch from a client where there are static mappings; else nothing. Thread: the loop alone. Memory: nothing allocated but when
// the policy changes.
using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat;

/// <summary>The static mappings of the policy, found by either end.</summary>
/// <param name="ports">Where their outer endpoints come from.</param>
internal sealed class StaticBindings(OuterPorts ports)
{
    private StaticBinding[] _all = [];
    private Dictionary<InetAddress, StaticBinding[]> _byInner = [];
    private Dictionary<(IpProtocol Protocol, InetEndpoint Outer), StaticBinding> _byOuter = [];

    public IReadOnlyList<StaticBinding> All => _all;

    public ReadOnlySpan<StaticBinding> Of(InetAddress inner) =>
        _all.Length > 0 && _byInner.TryGetValue(inner, out var bindings) ? bindings : [];

    public bool TryFindOuter(IpProtocol protocol, InetEndpoint outer, [MaybeNullWhen(false)] out StaticBinding binding) =>
        _byOuter.TryGetValue((protocol, outer), out binding);

    /// <summary>Goes by a policy from now on: what it says as before stays as it is.</summary>
    /// <returns>Bindings that are gone, and new ones, which have no port yet.</returns>
    /// <exception cref="ArgumentException">A port is not the NAT's to give, or is in two of them. Nothing is changed.</exception>
    public (IReadOnlyList<StaticBinding> Gone, IReadOnlyList<StaticBinding> New) Use(NatPolicy policy)
    {
        var before = _all.ToDictionary(binding => binding.Rule);
        StaticBinding[] all = [.. policy.StaticMappings.Select(rule => before.GetValueOrDefault(rule) ?? new StaticBinding(rule, OuterOf(rule, policy)))];
        _byOuter = all.ToDictionary(binding => (binding.Rule.Protocol, binding.Outer));
        _byInner = all.GroupBy(binding => binding.Rule.Inner.Address).ToDictionary(group => group.Key, group => group.ToArray());
        var (gone, added) = (_all.Except(all).ToList(), all.Except(_all).ToList());
        _all = all;
        return (gone, added);
    }

    private InetEndpoint OuterOf(PortMapping.StaticMapping rule, NatPolicy policy)
    {
        var addresses = rule.Inner.Address.IsV4 ? policy.OuterV4 : policy.OuterV6;
        if (addresses.Count == 0) throw new ArgumentException($"{rule}: there is no outer address of its family", nameof(policy));
        var outer = new InetEndpoint(addresses[0], rule.OuterPort);
        return ports.Holds(rule.Protocol, outer) ? outer : throw new ArgumentException($"{rule}: {outer} is not to be had", nameof(policy));
    }
}
