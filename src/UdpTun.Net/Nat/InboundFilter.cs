// Stage: a flow from outside that has no session. Thread: the loop. Memory: an entry for each remote address of a mapping, and only
// where address-dependent filtering asks for it.
using System.Runtime.InteropServices;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat;

/// <summary>
/// Decides whom a mapping lets in. Counts each mapping's sessions by remote address, so that a flood costs one look-up a packet.
/// </summary>
internal sealed class InboundFilter(NatFiltering filtering)
{
    private readonly Dictionary<(NatMapping Mapping, InetAddress Remote), int> _sessionsTo = [];

    public bool Admits(NatMapping mapping, InetEndpoint remote) => mapping.AdmitsEverybody || ClassOf(mapping.Protocol) switch
    {
        Filtering.EndpointIndependent => true,
        Filtering.AddressDependent => _sessionsTo.ContainsKey((mapping, remote.Address)),
        _ => false, // the session itself is the permission, and there is none
    };

    public void Opened(NatSession session)
    {
        if (ClassOf(session.Mapping.Protocol) != Filtering.AddressDependent) return;
        CollectionsMarshal.GetValueRefOrAddDefault(_sessionsTo, (session.Mapping, session.Remote.Address), out _)++;
    }

    public void Closed(NatSession session)
    {
        var key = (session.Mapping, session.Remote.Address);
        if (!_sessionsTo.TryGetValue(key, out var count)) return;
        if (count == 1) _sessionsTo.Remove(key);
        else _sessionsTo[key] = count - 1;
    }

    private Filtering ClassOf(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Udp => filtering.Udp,
        IpProtocol.Tcp => filtering.Tcp,
        _ => Filtering.AddressAndPortDependent,
    };
}
