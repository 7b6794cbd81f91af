// Stage: the opening of a mapping; never per packet. Thread: the loop. Memory: one bit a port.
using System.Numerics;

namespace UdpTun.Net.Nat;

/// <summary>
/// The free ports (or ICMP identifiers) of one protocol at one outer address. A search costs at most one look at each 64 ports.
/// </summary>
internal sealed class PortAllocator
{
    private const int BitsPerWord = 64;

    private readonly PortRange _range;
    private readonly PortSelection _selection;
    private readonly Random _random;
    private readonly ulong[] _taken;

    public PortAllocator(PortRange range, PortSelection selection, Random random)
    {
        _range = range;
        _selection = selection;
        _random = random;
        _taken = new ulong[(range.Count + BitsPerWord - 1) / BitsPerWord];
        // Bits behind the range count as taken for ever, so the search needs no end of its own.
        var rest = range.Count % BitsPerWord;
        if (rest != 0) _taken[^1] = ulong.MaxValue << rest;
    }

    /// <summary>Ports given out and not yet released.</summary>
    public int Taken { get; private set; }

    /// <param name="inner">The inner port, kept if the policy says so, the range holds it and nobody has it.</param>
    /// <param name="port">The outer port.</param>
    /// <returns>False when every port is taken.</returns>
    public bool TryTake(ushort inner, out ushort port)
    {
        port = 0;
        if (Taken == _range.Count) return false;
        var index = _selection == PortSelection.Preserve && _range.Contains(inner) && !IsTaken(inner - _range.First)
            ? inner - _range.First
            : FreeFrom(_random.Next(_range.Count));
        _taken[index / BitsPerWord] |= Bit(index);
        Taken++;
        port = (ushort)(_range.First + index);
        return true;
    }

    /// <exception cref="InvalidOperationException">The port is not taken: two mappings believed to own it.</exception>
    public void Release(ushort port)
    {
        var index = port - _range.First;
        if (!_range.Contains(port) || !IsTaken(index)) throw new InvalidOperationException($"port {port} was released without being taken");
        _taken[index / BitsPerWord] &= ~Bit(index);
        Taken--;
    }

    /// <summary>The first free index at or behind <paramref name="start"/>, round the range; there is one.</summary>
    private int FreeFrom(int start)
    {
        var word = start / BitsPerWord;
        var free = ~_taken[word] & (ulong.MaxValue << (start % BitsPerWord));
        while (free == 0)
        {
            word = (word + 1) % _taken.Length;
            free = ~_taken[word];
        }

        return word * BitsPerWord + BitOperations.TrailingZeroCount(free);
    }

    private bool IsTaken(int index) => (_taken[index / BitsPerWord] & Bit(index)) != 0;

    private static ulong Bit(int index) => 1UL << (index % BitsPerWord);
}
