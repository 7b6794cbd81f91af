using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Nat.Finding;

namespace UdpTun.Net.Nat;

/// <summary>
/// All sessions, found by their ids, and in the order of these linked through themselves, with a cursor that goes round them in instalments. Adding
/// and removing between two instalments disturbs nothing: the cursor steps off a session that goes, and what is added lies
/// behind the round's end.
/// </summary>
internal sealed class SessionList
{
    private NatSession? _first;
    private NatSession? _last;
    private NatSession? _cursor;
    private long _roundEnd;
    private readonly List<SessionWalk> _walks = [];
    private readonly Dictionary<SessionId, NatSession> _byId = [];

    /// <summary>Any thread.</summary>
    public int Count { get; private set; }

    /// <summary>True when every session that was there at the round's start has been visited or is gone.</summary>
    public bool IsRoundOver => _cursor is null || _cursor.Id.Value > _roundEnd;

    /// <summary>In the order of opening. The session just returned may be removed before the next is asked for, no other.</summary>
    public IEnumerable<NatSession> InOrder
    {
        get
        {
            for (var session = _first; session is not null;)
            {
                var next = session.Next;
                yield return session;
                session = next;
            }
        }
    }

    public bool TryFind(SessionId id, [MaybeNullWhen(false)] out NatSession session) => _byId.TryGetValue(id, out session);

    public void Append(NatSession session)
    {
        _byId.Add(session.Id, session);
        session.Previous = _last;
        if (_last is null) _first = session;
        else _last.Next = session;
        _last = session;
        Count++;
    }

    public void Remove(NatSession session)
    {
        if (_cursor == session) _cursor = session.Next;
        foreach (var walk in _walks)
            if (walk.Next == session) walk.Next = session.Next;
        if (session.Previous is null) _first = session.Next;
        else session.Previous.Next = session.Next;
        if (session.Next is null) _last = session.Previous;
        else session.Next.Previous = session.Previous;
        session.Previous = session.Next = null;
        _byId.Remove(session.Id);
        Count--;
    }

    /// <summary>A way through all that there are now, beside the round.</summary>
    public SessionWalk BeginWalk()
    {
        var walk = new SessionWalk(this, _first, _last?.Id.Value ?? 0);
        _walks.Add(walk);
        return walk;
    }

    public void Forget(SessionWalk walk) => _walks.Remove(walk);

    /// <summary>Goes on with the round, or begins another when it is over.</summary>
    public void ContinueRound()
    {
        if (!IsRoundOver) return;
        _cursor = _first;
        _roundEnd = _last?.Id.Value ?? 0;
    }

    /// <summary>The next session of the round, or null when it is over.</summary>
    public NatSession? Visit()
    {
        if (IsRoundOver) return null;
        var session = _cursor;
        _cursor = session!.Next;
        return session;
    }
}
