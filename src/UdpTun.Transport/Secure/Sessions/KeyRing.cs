// Stage: which keys seal and open a peer's datagrams. Thread: event loop. Memory: owns its key pairs; retired ones go back to the caller.
namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// The up to three key pairs of a peer, so that new keys cost no packet: the current one seals; the previous one still opens what was on its
/// way; and the next one waits until the initiator has shown that it has it too (WireGuard paper, section 6.3). Until then the responder
/// must not seal with it, for the initiator may never have got the response.
/// </summary>
internal sealed class KeyRing
{
    public KeyPair? Previous { get; private set; }

    public KeyPair? Current { get; private set; }

    public KeyPair? Next { get; private set; }

    /// <summary>The pair to seal with, or null: there is none, it is too old or used up.</summary>
    public KeyPair? ForSealing(TimeSpan now, TimeSpan rejectAfter) =>
        Current is { } pair && now - pair.CreatedAt < rejectAfter && !pair.IsUsedUp ? pair : null;

    /// <summary>Takes a new pair. <paramref name="retire"/> gets what it replaces for good.</summary>
    public void Install(KeyPair pair, Action<KeyPair> retire)
    {
        if (pair.IsInitiator)
        {
            // The initiator has the responder's proof already. What the peer may still be sealing with is a pair that it began and that we
            // have not confirmed, or else the current one.
            Retire(Next is null ? Previous : Current, retire);
            if (Next is not null) Retire(Previous, retire);
            Previous = Next ?? Current;
            (Current, Next) = (pair, null);
        }
        else
        {
            Retire(Next, retire);
            Next = pair;
        }
    }

    /// <summary>A datagram was opened with <paramref name="pair"/>. True when that made it the current one.</summary>
    public bool Confirm(KeyPair pair, Action<KeyPair> retire)
    {
        if (!ReferenceEquals(pair, Next)) return false;
        Retire(Previous, retire);
        (Previous, Current, Next) = (Current, Next, null);
        return true;
    }

    public void Clear(Action<KeyPair> retire)
    {
        Retire(Previous, retire);
        Retire(Current, retire);
        Retire(Next, retire);
        Previous = Current = Next = null;
    }

    private static void Retire(KeyPair? pair, Action<KeyPair> retire)
    {
        if (pair is not null) retire(pair);
    }
}
