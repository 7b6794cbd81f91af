// Stage: beside the line. Thread: the loop alone. Memory: holds no packets.
namespace UdpTun.Net.Nat.Finding;

/// <summary>
/// A way through all sessions in the order of their opening, in instalments: sessions may come and go between two of them. Those that are
/// opened after its beginning are not on it. To be disposed, or the list goes on minding it.
/// </summary>
public sealed class SessionWalk : IDisposable
{
    private readonly SessionList _list;
    private readonly long _end;

    internal SessionWalk(SessionList list, NatSession? first, long end) => (_list, Next, _end) = (list, first, end);

    /// <summary>The session that comes next; the list moves it on when that one ends.</summary>
    internal NatSession? Next { get; set; }

    /// <summary>True when every session that was there at the beginning has been taken or is gone.</summary>
    public bool IsOver => Next is null || Next.Id.Value > _end;

    /// <summary>Takes the next few.</summary>
    /// <returns>How many were written to <paramref name="sessions"/>; fewer than fit when the walk is over.</returns>
    public int Take(Span<NatSession> sessions)
    {
        var taken = 0;
        for (; taken < sessions.Length && !IsOver; taken++)
        {
            sessions[taken] = Next!;
            Next = Next!.Next;
        }

        return taken;
    }

    public void Dispose() => _list.Forget(this);
}
