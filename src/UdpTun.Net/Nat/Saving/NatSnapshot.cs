using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat.Saving;

/// <summary>
/// The sessions, held mappings and ports at rest of a server that stopped, for the one that starts after it: connections then outlive a
/// restart, and nobody gets what was another's a moment ago.
/// </summary>
/// <param name="Sessions">In the order of their opening.</param>
/// <param name="Holds">In the order of their ends.</param>
/// <param name="Rests">Those of one protocol and address in the order of their ends.</param>
/// <param name="HoldsAge">Time since a held mapping was last lost; see <see cref="NatTable.HoldsSince"/>.</param>
public sealed record NatSnapshot(IReadOnlyList<SavedSession> Sessions, IReadOnlyList<SavedHold> Holds, IReadOnlyList<SavedRest> Rests, TimeSpan HoldsAge)
{
    /// <summary>Call it on the loop's thread, or when the loop has ended.</summary>
    public static NatSnapshot Take(NatTable table, IPeerRegistry peers, TimeSpan now)
    {
        var sessions = new List<SavedSession>(table.SessionCount);
        foreach (var session in table.Sessions)
        {
            if (session.IsKilled || !peers.TryFind(session.Mapping.Client, out var peer)) continue;
            var mapping = session.Mapping;
            sessions.Add(new SavedSession(peer.Identity, mapping.Protocol, mapping.Inner, mapping.Outer, session.Remote,
                session.IsFromOutside, session.Progress, now - session.LastSeen, now - session.OpenedAt));
        }

        var holds = new List<SavedHold>();
        foreach (var mapping in table.Held)
        {
            if (!peers.TryFind(mapping.Client, out var peer) || mapping.HeldUntil is not { } until || until <= now) continue;
            holds.Add(new SavedHold(peer.Identity, mapping.Protocol, mapping.Inner, mapping.Outer, until - now));
        }

        var rests = new List<SavedRest>();
        foreach (var port in table.Resting.Where(port => port.Until > now))
        {
            var owner = port.Client is { } client && peers.TryFind(client, out var peer) ? peer.Identity : null;
            rests.Add(new SavedRest(owner, port.Protocol, port.Inner, port.Outer, port.Until - now));
        }

        return new NatSnapshot(sessions, holds, rests, now - table.HoldsSince);
    }

    /// <summary>Puts back what the present rules still admit: clients, destinations, outer addresses and ports, quotas.</summary>
    /// <param name="table">A new table.</param>
    /// <param name="peers">A new registry.</param>
    /// <param name="destinations">Where clients may go now.</param>
    /// <param name="down">Time since the snapshot was taken; sessions have been idle during it.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <returns>Sessions put back.</returns>
    public int Restore(NatTable table, IPeerRegistry peers, DestinationPolicy destinations, TimeSpan down, TimeSpan now)
    {
        RestoreHolds(table, peers, down, now);
        var restored = 0;
        foreach (var saved in Sessions)
        {
            if (destinations.Check(new FlowKey(saved.Protocol, saved.Inner, saved.Remote)) != DropReason.None) continue;
            if (peers.AdmitSaved(saved.Client, now, out var peer) != DropReason.None) continue;
            if (table.Restore(peer.Id, saved, down, now) == DropReason.None) restored++;
        }

        RestoreRests(table, peers, down, now);
        return restored;
    }

    private void RestoreHolds(NatTable table, IPeerRegistry peers, TimeSpan down, TimeSpan now)
    {
        var lost = 0;
        foreach (var saved in Holds.Where(hold => hold.Left > down))
        {
            if (peers.AdmitSaved(saved.Client, now, out var peer) != DropReason.None
                || table.Restore(peer.Id, saved, now + saved.Left - down) != DropReason.None) lost++;
        }

        if (lost == 0) table.HoldsSince = now - down - HoldsAge;
    }

    // After sessions and holds, whose clients need their places more.
    private void RestoreRests(NatTable table, IPeerRegistry peers, TimeSpan down, TimeSpan now)
    {
        foreach (var saved in Rests.Where(rest => rest.Left > down))
        {
            PeerId? client = saved.Client is { } owner && peers.AdmitSaved(owner, now, out var peer) == DropReason.None ? peer.Id : null;
            table.Restore(new RestingPort(saved.Protocol, saved.Outer, client, saved.Inner, now + saved.Left - down), now);
        }
    }
}
