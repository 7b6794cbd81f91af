using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat;

/// <summary>The outer endpoints that the NAT may give out: ports for each protocol at each outer address.</summary>
internal sealed class OuterPorts
{
    private readonly AddressPool _v4;
    private readonly AddressPool _v6;
    private readonly Dictionary<(IpProtocol Protocol, InetAddress Outer), PortClasses> _ports = [];

    public OuterPorts(NatPolicy policy, Random random)
    {
        _v4 = new AddressPool(policy.OuterV4);
        _v6 = new AddressPool(policy.OuterV6);
        foreach (var address in policy.OuterV4.Concat(policy.OuterV6))
        {
            foreach (var protocol in Enum.GetValues<IpProtocol>().Where(protocol => IsSpoken(protocol, address.IsV4)))
                _ports.Add((protocol, address), Ports(protocol, policy, random));
        }
    }

    /// <summary>Gives out ports by another policy from now on; which there are stays as it was.</summary>
    public void Use(NatPolicy policy, TimeSpan now)
    {
        foreach (var (key, ports) in _ports) ports.Use(policy, KeepsParity(policy, key.Protocol), now);
    }

    /// <summary>Those that are given out. Any thread: which addresses there are never changes.</summary>
    public int CountTaken(IpProtocol protocol) => _ports.Where(ports => ports.Key.Protocol == protocol).Sum(ports => ports.Value.Taken);

    public int CountAll(IpProtocol protocol) => _ports.Where(ports => ports.Key.Protocol == protocol).Sum(ports => ports.Value.Count);

    /// <returns>None, UnsupportedProtocol, NoOuterAddress or PortsExhausted.</returns>
    public DropReason TryTake(
        IpProtocol protocol, PortOwner owner, ushort suggested, TimeSpan now, out InetEndpoint outer, out PortOrigin origin)
    {
        (outer, origin) = (default, default);
        var isV4 = owner.Inner.Address.IsV4;
        if (!IsSpoken(protocol, isV4)) return DropReason.UnsupportedProtocol;
        var reason = DropReason.NoOuterAddress;
        foreach (var address in PoolOf(isV4).ChoicesOf(owner.Client))
        {
            reason = DropReason.PortsExhausted;
            if (!_ports[(protocol, address)].TryTake(owner, suggested, now, out var port, out origin)) continue;
            PoolOf(isV4).Keep(owner.Client, address);
            outer = new InetEndpoint(address, port);
            return DropReason.None;
        }

        return reason;
    }

    /// <summary>
    /// Takes one outer endpoint; false when it is not ours to give (another address, out of the range), not free, or not at the address
    /// that the client has.
    /// </summary>
    public bool TryTakeExactly(IpProtocol protocol, PeerId client, InetEndpoint outer)
    {
        var pool = PoolOf(outer.Address.IsV4);
        if (!pool.Admits(client, outer.Address)) return false;
        if (!_ports.TryGetValue((protocol, outer.Address), out var ports) || !ports.TryTakeExactly(outer.Port)) return false;
        pool.Keep(client, outer.Address);
        return true;
    }

    /// <summary>Whether an outer endpoint is ours to give, be it free or not.</summary>
    public bool Holds(IpProtocol protocol, InetEndpoint outer) =>
        _ports.TryGetValue((protocol, outer.Address), out var ports) && ports.Holds(outer.Port);

    /// <summary>Takes one outer endpoint for ever and for nobody yet, be it at rest; false when it is not ours to give or somebody has it.</summary>
    public bool TryReserve(IpProtocol protocol, InetEndpoint outer) =>
        _ports.TryGetValue((protocol, outer.Address), out var ports) && ports.TryReserve(outer.Port);

    /// <summary>Gives back an outer endpoint that was reserved; it rests like any other, and is nobody's to have back.</summary>
    public void GiveBack(IpProtocol protocol, InetEndpoint outer, TimeSpan now) => _ports[(protocol, outer.Address)].Release(outer.Port, default, now);

    /// <summary>Lets an outer endpoint rest as an earlier table did; false when it is not ours or not free.</summary>
    public bool TryRest(in RestingPort port, TimeSpan now) =>
        _ports.TryGetValue((port.Protocol, port.Outer.Address), out var ports)
        && ports.TryRest(port.Outer.Port, new PortOwner(port.Client ?? default, port.Inner), port.Client is not null, port.Until, now);

    /// <summary>All that are at rest; those of one protocol and address in the order of their ends.</summary>
    public IEnumerable<RestingPort> Resting => _ports.SelectMany(entry => entry.Value.Resting.Select(port => new RestingPort(
        entry.Key.Protocol, new InetEndpoint(entry.Key.Outer, port.Port), port.IsOwned ? port.Owner.Client : null, port.Owner.Inner, port.End)));

    public void Release(NatMapping mapping, TimeSpan now) => _ports[(mapping.Protocol, mapping.Outer.Address)]
        .Release(mapping.Outer.Port, new PortOwner(mapping.Client, mapping.Inner), now);

    /// <summary>The address that all flows of the client leave as, from now on where it had none.</summary>
    public bool TryGetAddress(PeerId client, bool isV4, out InetAddress address)
    {
        foreach (var choice in PoolOf(isV4).ChoicesOf(client))
        {
            PoolOf(isV4).Keep(client, choice);
            address = choice;
            return true;
        }

        address = default;
        return false;
    }

    /// <summary>The client's next flow may leave as another address.</summary>
    public void Forget(PeerId client)
    {
        _v4.Forget(client);
        _v6.Forget(client);
    }

    private AddressPool PoolOf(bool isV4) => isV4 ? _v4 : _v6;

    private static bool IsSpoken(IpProtocol protocol, bool isV4) =>
        protocol is IpProtocol.Tcp or IpProtocol.Udp || protocol == (isV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6);

    private static PortClasses Ports(IpProtocol protocol, NatPolicy policy, Random random)
    {
        // An ICMP identifier belongs to no class.
        var low = protocol is IpProtocol.Tcp or IpProtocol.Udp ? policy.LowPorts : null;
        return new PortClasses(Allocator(policy.Ports), low is { } range ? Allocator(range) : null);

        PortAllocator Allocator(PortRange ports) => new(ports, policy.PortSelection, KeepsParity(policy, protocol), policy.PortRest, random);
    }

    // Parity is for RTP beside its RTCP, which UDP carries.
    private static bool KeepsParity(NatPolicy policy, IpProtocol protocol) => policy.PortParity && protocol == IpProtocol.Udp;
}
