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
            _allocators.Add((protocol, true), new PortAllocator(policy.Ports, policy.PortSelection, random));
        foreach (var protocol in (ReadOnlySpan<IpProtocol>)[IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.IcmpV6])
            _allocators.Add((protocol, false), new PortAllocator(policy.Ports, policy.PortSelection, random));
    }

    /// <returns>None, UnsupportedProtocol, NoOuterAddress or PortsExhausted.</returns>
    public DropReason TryTake(IpProtocol protocol, InetEndpoint inner, out InetEndpoint outer)
    {
        outer = default;
        if (!_allocators.TryGetValue((protocol, inner.Address.IsV4), out var allocator)) return DropReason.UnsupportedProtocol;
        if ((inner.Address.IsV4 ? _v4 : _v6) is not { } address) return DropReason.NoOuterAddress;
        if (!allocator.TryTake(inner.Port, out var port)) return DropReason.PortsExhausted;
        outer = new InetEndpoint(address, port);
        return DropReason.None;
    }

    public void Release(IpProtocol protocol, InetEndpoint outer) => _allocators[(protocol, outer.Address.IsV4)].Release(outer.Port);
}
