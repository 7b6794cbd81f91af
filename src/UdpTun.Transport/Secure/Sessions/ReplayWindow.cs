// Stage: right after a datagram's tag was found true. Thread: the event loop's. Memory: its own bits, one array a key pair.
namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// Which counters of a key pair have been seen, kept as a ring of bits (RFC 6479). Ask it only about datagrams whose tag was
/// true: a stranger must not be able to move the window.
/// </summary>
internal sealed class ReplayWindow
{
    /// <summary>Counters this far behind the highest one are still told apart; what lies further behind is refused.</summary>
    public const int Size = 8192;

    private const int BitsPerWord = 64, Words = (Size / BitsPerWord) + 1; // One word more, so that clearing ahead never eats the window.
    private readonly ulong[] _bits = new ulong[Words];
    private ulong _highest;

    /// <summary>True the first time that <paramref name="counter"/> is seen within the window.</summary>
    public bool TryAccept(ulong counter)
    {
        if (counter > _highest) Advance(counter);
        else if (_highest - counter >= Size) return false;
        ref var word = ref _bits[(counter / BitsPerWord) % Words];
        var bit = 1UL << (int)(counter % BitsPerWord);
        if ((word & bit) != 0) return false;
        word |= bit;
        return true;
    }

    private void Advance(ulong counter)
    {
        var from = _highest / BitsPerWord;
        var steps = Math.Min((counter / BitsPerWord) - from, Words);
        for (ulong step = 1; step <= steps; step++) _bits[(from + step) % Words] = 0;
        _highest = counter;
    }
}
