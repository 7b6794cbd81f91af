namespace UdpTun.Net.Nat.Finding;

/// <summary>Keeps the first few of many sessions without sorting them all. One thread at a time, and not the loop's.</summary>
/// <param name="max">How many to keep, 0 or more.</param>
public sealed class FirstSessions(int max)
{
    // The least wanted of those kept is the first to go; of two equal ones the older.
    private readonly PriorityQueue<FoundSession, (double Rank, long Id)> _kept = new();

    /// <param name="session">The session and what it is found with.</param>
    /// <param name="rank">The higher, the earlier it comes.</param>
    public void Add(FoundSession session, double rank)
    {
        var order = (rank, session.Session.Id.Value);
        if (_kept.Count < max) _kept.Enqueue(session, order);
        else if (max > 0) _kept.EnqueueDequeue(session, order);
    }

    /// <summary>The first ones, in order; none is left.</summary>
    public IReadOnlyList<FoundSession> Take()
    {
        var sessions = new FoundSession[_kept.Count];
        for (var i = sessions.Length - 1; i >= 0; i--) sessions[i] = _kept.Dequeue();
        return sessions;
    }
}

/// <param name="Session">The session, which goes on.</param>
/// <param name="Peer">The name of the client whose it is.</param>
/// <param name="Rate">Bytes a second towards the internet and from it; null where nobody samples.</param>
public readonly record struct FoundSession(NatSession Session, string Peer, (double Out, double In)? Rate);
