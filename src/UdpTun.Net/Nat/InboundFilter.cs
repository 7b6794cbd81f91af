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
    private NatFiltering _filtering = filtering;

    /// <summary>Lets in by other classes from now on. Looks at all sessions where that asks for other counts than were kept.</summary>
    /// <param name="filtering">The classes.</param>
    /// <param name="open">The sessions that there are.</param>
    public void Use(NatFiltering filtering, IEnumerable<NatSession> open)
    {
        var countsChange = Counts(_filtering.Udp) != Counts(filtering.Udp) || Counts(_filtering.Tcp) != Counts(filtering.Tcp);
        _filtering = filtering;
        if (!countsChange) return;
        _sessionsTo.Clear();
        foreach (var session in open) Opened(session);
    }

    public bool Admits(NatMapping mapping, InetEndpoint remote) => mapping.AdmitsEverybody || ClassOf(mapping.Protocol) switch
    {
        Filtering.EndpointIndependent => true,
        Filtering.AddressDependent => _sessionsTo.ContainsKey((mapping, remote.Address)),
        _ => false, // the session itself is the permission, and there is none
    };

    public void Opened(NatSession session)
    {
        if (!Counts(ClassOf(session.Mapping.Protocol))) return;
        CollectionsMarshal.GetValueRefOrAddDefault(_sessionsTo, (session.Mapping, session.Remote.Address), out _)++;
    }

    public void Closed(NatSession session)
    {
        var key = (session.Mapping, session.Remote.Address);
        if (!_sessionsTo.TryGetValue(key, out var count)) return;
        if (count == 1) _sessionsTo.Remove(key);
        else _sessionsTo[key] = count - 1;
    }

    private static bool Counts(Filtering filtering) => filtering == Filtering.AddressDependent;

    private Filtering ClassOf(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Udp => _filtering.Udp,
        IpProtocol.Tcp => _filtering.Tcp,
        _ => Filtering.AddressAndPortDependent,
    };
}
