// Stage: each batch from a client where there are static mappings; else nothing. Thread: the loop alone. Memory: nothing allocated after
// construction.
using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat;

/// <summary>The static mappings of the policy; their outer ports are taken from the beginning.</summary>
internal sealed class StaticBindings
{
    private readonly StaticBinding[] _all;
    private readonly Dictionary<InetAddress, StaticBinding[]> _byInner;
    private readonly Dictionary<(IpProtocol Protocol, InetEndpoint Outer), StaticBinding> _byOuter;

    /// <exception cref="ArgumentException">A port is not the NAT's to give, or is in two of them.</exception>
    public StaticBindings(NatPolicy policy, OuterPorts ports)
    {
        _all =
        [
            .. policy.StaticMappings.Select(rule =>
            {
                var addresses = rule.Inner.Address.IsV4 ? policy.OuterV4 : policy.OuterV6;
                if (addresses.Count == 0) throw new ArgumentException($"{rule}: there is no outer address of its family", nameof(policy));
                var outer = new InetEndpoint(addresses[0], rule.OuterPort);
                if (!ports.TryReserve(rule.Protocol, outer))
                    throw new ArgumentException($"{rule}: {outer} is not to be had", nameof(policy));
                return new StaticBinding(rule, outer);
            }),
        ];
        _byInner = _all.GroupBy(binding => binding.Rule.Inner.Address).ToDictionary(group => group.Key, group => group.ToArray());
        _byOuter = _all.ToDictionary(binding => (binding.Rule.Protocol, binding.Outer));
    }

    public IReadOnlyList<StaticBinding> All => _all;

    public ReadOnlySpan<StaticBinding> Of(InetAddress inner) =>
        _all.Length > 0 && _byInner.TryGetValue(inner, out var bindings) ? bindings : [];

    public bool TryFindOuter(IpProtocol protocol, InetEndpoint outer, [MaybeNullWhen(false)] out StaticBinding binding) =>
        _byOuter.TryGetValue((protocol, outer), out binding);
}
