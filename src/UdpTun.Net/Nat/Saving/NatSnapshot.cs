using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat.Saving;

/// <summary>The sessions of a server that stopped, for the one that starts after it: connections then outlive a restart.</summary>
/// <param name="Sessions">In the order of their opening.</param>
public sealed record NatSnapshot(IReadOnlyList<SavedSession> Sessions)
{
    /// <summary>Call it on the loop's thread, or when the loop has ended.</summary>
    public static NatSnapshot Take(NatTable table, PeerRegistry peers, TimeSpan now)
    {
        var sessions = new List<SavedSession>(table.SessionCount);
        foreach (var session in table.Sessions)
        {
            if (!peers.TryFind(session.Mapping.Client, out var peer)) continue;
            var mapping = session.Mapping;
            sessions.Add(new SavedSession(peer.Endpoint, mapping.Protocol, mapping.Inner, mapping.Outer, session.Remote,
                session.IsFromOutside, session.Progress, now - session.LastSeen, now - session.OpenedAt));
        }

        return new NatSnapshot(sessions);
    }

    /// <summary>Puts back what the present rules still admit: clients, destinations, outer addresses and ports, quotas.</summary>
    /// <param name="table">A new table.</param>
    /// <param name="peers">A new registry.</param>
    /// <param name="destinations">Where clients may go now.</param>
    /// <param name="down">Time since the snapshot was taken; sessions have been idle during it.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <returns>Sessions put back.</returns>
    public int Restore(NatTable table, PeerRegistry peers, DestinationPolicy destinations, TimeSpan down, TimeSpan now)
    {
        var restored = 0;
        foreach (var saved in Sessions)
        {
            if (destinations.Check(new FlowKey(saved.Protocol, saved.Inner, saved.Remote)) != DropReason.None) continue;
            if (peers.Admit(saved.Client, now, out var peer) != DropReason.None) continue;
            if (table.Restore(peer.Id, saved, down, now) == DropReason.None) restored++;
        }

        return restored;
    }
}
