using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat;

/// <summary>The outer endpoints that the NAT may give out: an allocator for each protocol at each outer address.</summary>
internal sealed class OuterPorts
{
    private readonly InetAddress? _v4;
    private readonly InetAddress? _v6;
    private readonly Dictionary<(IpProtocol Protocol, bool IsV4), PortAllocator> _allocators = [];

    public OuterPorts(NatPolicy policy, Random random)
    {
        _v4 = policy.OuterV4;
        _v6 = policy.OuterV6;
        foreach (var protocol in (ReadOnlySpan<IpProtocol>)[IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp])
            _allocators.Add((protocol, true), Allocator(protocol, policy, random));
        foreach (var protocol in (ReadOnlySpan<IpProtocol>)[IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.IcmpV6])
            _allocators.Add((protocol, false), Allocator(protocol, policy, random));
    }

    /// <returns>None, UnsupportedProtocol, NoOuterAddress or PortsExhausted.</returns>
    public DropReason TryTake(IpProtocol protocol, PortOwner owner, TimeSpan now, out InetEndpoint outer)
    {
        outer = default;
        var isV4 = owner.Inner.Address.IsV4;
        if (!_allocators.TryGetValue((protocol, isV4), out var allocator)) return DropReason.UnsupportedProtocol;
        if ((isV4 ? _v4 : _v6) is not { } address) return DropReason.NoOuterAddress;
        if (!allocator.TryTake(owner, now, out var port)) return DropReason.PortsExhausted;
        outer = new InetEndpoint(address, port);
        return DropReason.None;
    }

    /// <summary>Takes one outer endpoint; false when it is not ours to give (another address, out of the range) or not free.</summary>
    public bool TryTakeExactly(IpProtocol protocol, InetEndpoint outer) =>
        (outer.Address.IsV4 ? _v4 : _v6) == outer.Address
        && _allocators.TryGetValue((protocol, outer.Address.IsV4), out var allocator) && allocator.TryTakeExactly(outer.Port);

    public void Release(NatMapping mapping, TimeSpan now) => _allocators[(mapping.Protocol, mapping.Outer.Address.IsV4)]
        .Release(mapping.Outer.Port, new PortOwner(mapping.Client, mapping.Inner), now);

    // Parity is for RTP beside its RTCP, which UDP carries.
    private static PortAllocator Allocator(IpProtocol protocol, NatPolicy policy, Random random) =>
        new(policy.Ports, policy.PortSelection, policy.PortParity && protocol == IpProtocol.Udp, policy.PortRest, random);
}
