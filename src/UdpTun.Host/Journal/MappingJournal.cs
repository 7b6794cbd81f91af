using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Journal;
using UdpTun.Net.Peers;

namespace UdpTun.Host.Journal;

/// <summary>
/// Writes down who had which outer endpoint from when to when, so that the owner of a server can answer for it; and whom a client talked to only
/// where the operator wants that (RFC 6888 section 4, REQ-12 and REQ-14). One for each shard's table.
/// </summary>
internal sealed class MappingJournal(
    JournalWriter writer, IPeerRegistry peers, ExternalAddresses addresses, bool destinations, TimeProvider clock) : INatObserver
{
    private volatile bool _destinations = destinations;

    /// <summary>Whether it also tells whom clients talk to. Any thread.</summary>
    public bool Destinations
    {
        get => _destinations;
        set => _destinations = value;
    }

    public void MappingOpened(NatMapping mapping) => Add(MappingRecordKind.Opened, mapping);

    public void MappingClosed(NatMapping mapping) => Add(MappingRecordKind.Closed, mapping);

    public void SessionOpened(NatSession session)
    {
        if (_destinations) Add(MappingRecordKind.Contacted, session.Mapping, session.Remote);
    }

    public void SessionClosed(NatSession session, SessionEnd why)
    {
        // Not asked for: who had the port is told by the mapping.
    }

    private void Add(MappingRecordKind kind, NatMapping mapping, InetEndpoint remote = default)
    {
        peers.TryFind(mapping.Client, out var client);
        writer.Add(new JournalEntry(kind, clock.GetUtcNow(), mapping.Protocol, ExternalOf(mapping), mapping.Inner, remote, client));
    }

    private InetEndpoint ExternalOf(NatMapping mapping) =>
        addresses.TryGetExternal(mapping.Outer.Address, out var external) ? mapping.Outer with { Address = external } : mapping.Outer;
}
