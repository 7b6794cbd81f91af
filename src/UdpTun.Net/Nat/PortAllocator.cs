// Stage: the opening of a mapping; never per packet. Thread: the loop. Memory: one bit a port.
using System.Numerics;

namespace UdpTun.Net.Nat;

/// <summary>
/// The free ports (or ICMP identifiers) of one protocol at one outer address. Drawing is uniform over the free ones (RFC 6056 section 3.3.1
/// without its bias towards the port behind a taken one) and costs two looks at each 64 ports at most.
/// </summary>
internal sealed class PortAllocator
{
    private const int BitsPerWord = 64;
    private const ulong EvenBits = 0x5555_5555_5555_5555;

    private readonly PortRange _range;
    private readonly Random _random;
    private readonly ulong[] _unavailable;
    private readonly RestingPorts _resting;
    private PortSelection _selection;
    private bool _keepsParity;

    /// <param name="range">The ports.</param>
    /// <param name="selection">How one is chosen.</param>
    /// <param name="keepsParity">Even for even and odd for odd as long as there is one (RFC 4787 section 4.2.2, REQ-4).</param>
    /// <param name="rest">How long a released port is nobody's; see <see cref="RestingPorts"/>.</param>
    /// <param name="random">Draws the ports.</param>
    public PortAllocator(PortRange range, PortSelection selection, bool keepsParity, TimeSpan rest, Random random)
    {
        _range = range;
        _selection = selection;
        _keepsParity = keepsParity;
        _random = random;
        _resting = new RestingPorts(rest);
        _unavailable = new ulong[(range.Count + BitsPerWord - 1) / BitsPerWord];
        // Bits behind the range count as taken for ever, so the search needs no end of its own.
        var behind = range.Count % BitsPerWord;
        if (behind != 0) _unavailable[^1] = ulong.MaxValue << behind;
    }

    /// <summary>Ports given out and not yet released; those at rest are not among them.</summary>
    public int Taken { get; private set; }

    /// <summary>All ports of the range.</summary>
    public int Count => _range.Count;

    public bool Holds(ushort port) => _range.Contains(port);

    /// <summary>Chooses in another way from now on; the parameters are those of the constructor.</summary>
    public void Use(PortSelection selection, bool keepsParity, TimeSpan rest, TimeSpan now)
    {
        (_selection, _keepsParity) = (selection, keepsParity);
        _resting.Use(rest, now);
    }

    /// <param name="owner">
    /// For whom. It gets the port back that it had, if that still rests; else the inner port is kept if the policy says so, the range
    /// holds it and it is free.
    /// </param>
    /// <param name="suggested">What it would rather have, if that is free; 0: nothing.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="port">The outer port.</param>
    /// <param name="origin">Why it is that one.</param>
    /// <returns>False when every port is taken or at rest.</returns>
    public bool TryTake(PortOwner owner, ushort suggested, TimeSpan now, out ushort port, out PortOrigin origin)
    {
        port = 0;
        WakePorts(now);
        var index = Choose(owner, suggested, out origin);
        if (index < 0) return false;
        _unavailable[index / BitsPerWord] |= Bit(index);
        Taken++;
        port = (ushort)(_range.First + index);
        return true;
    }

    /// <summary>Takes one port of its range, such as a mapping had it before the table's time; false when it is not free.</summary>
    public bool TryTakeExactly(ushort port)
    {
        if (!_range.Contains(port) || !IsFree(port - _range.First)) return false;
        _unavailable[(port - _range.First) / BitsPerWord] |= Bit(port - _range.First);
        Taken++;
        return true;
    }

    /// <summary>Takes one port of its range although it may be at rest; false when somebody has it.</summary>
    public bool TryReserve(ushort port)
    {
        if (!_range.Contains(port)) return false;
        if (_resting.TryTake(port - _range.First)) Free(port - _range.First);
        return TryTakeExactly(port);
    }

    /// <summary>Lets a port of its range rest as an earlier table did; false when it is not free or no port rests.</summary>
    public bool TryRest(ushort port, PortOwner owner, bool isOwned, TimeSpan until, TimeSpan now)
    {
        if (!_resting.IsOn || !_range.Contains(port) || !IsFree(port - _range.First)) return false;
        _unavailable[(port - _range.First) / BitsPerWord] |= Bit(port - _range.First);
        _resting.AddAgain(port - _range.First, owner, isOwned, until, now);
        return true;
    }

    /// <summary>Ports at rest, the first to be free first.</summary>
    public IEnumerable<(ushort Port, PortOwner Owner, bool IsOwned, TimeSpan End)> Resting =>
        _resting.All.Select(entry => ((ushort)(_range.First + entry.Index), entry.Owner, entry.IsOwned, entry.End));

    /// <exception cref="InvalidOperationException">The port is not taken: two mappings believed to own it.</exception>
    public void Release(ushort port, PortOwner owner, TimeSpan now)
    {
        var index = port - _range.First;
        if (!_range.Contains(port) || IsFree(index)) throw new InvalidOperationException($"port {port} was released without being taken");
        Taken--;
        if (_resting.IsOn) _resting.Add(index, owner, now);
        else Free(index);
    }

    private int Choose(PortOwner owner, ushort suggested, out PortOrigin origin)
    {
        origin = PortOrigin.Suggested;
        if (suggested != 0 && _range.Contains(suggested) && IsFree(suggested - _range.First))
        {
            _resting.Disown(owner); // it has chosen another
            return suggested - _range.First;
        }

        origin = PortOrigin.TakenBack;
        if (_resting.TryTakeBack(owner, out var own)) return own;
        origin = PortOrigin.Kept;
        var inner = owner.Inner.Port;
        if (_selection == PortSelection.Preserve && _range.Contains(inner) && IsFree(inner - _range.First)) return inner - _range.First;
        var sameParity = ((inner ^ _range.First) & 1) == 0 ? EvenBits : ~EvenBits;
        origin = PortOrigin.DrawnByParity;
        if (_keepsParity && Draw(sameParity) is >= 0 and var index) return index;
        origin = PortOrigin.Drawn;
        return Draw(ulong.MaxValue);
    }

    private void WakePorts(TimeSpan now)
    {
        while (_resting.TryWake(now, out var index)) Free(index);
    }

    /// <summary>Any free index among those of the mask, each as likely as the other; -1 when there is none.</summary>
    private int Draw(ulong mask)
    {
        var free = 0;
        foreach (var word in _unavailable) free += BitOperations.PopCount(~word & mask);
        if (free == 0) return -1;
        var rank = _random.Next(free);
        for (var word = 0; ; word++)
        {
            var bits = ~_unavailable[word] & mask;
            var count = BitOperations.PopCount(bits);
            if (rank < count) return word * BitsPerWord + PositionOf(bits, rank);
            rank -= count;
        }
    }

    private static int PositionOf(ulong bits, int rank)
    {
        for (; rank > 0; rank--) bits &= bits - 1; // drops the lowest bit
        return BitOperations.TrailingZeroCount(bits);
    }

    private bool IsFree(int index) => (_unavailable[index / BitsPerWord] & Bit(index)) == 0;

    private void Free(int index) => _unavailable[index / BitsPerWord] &= ~Bit(index);

    private static ulong Bit(int index) => 1UL << (index % BitsPerWord);
}
