// Stage: beside a session under treatment. Thread: the loop. Memory: copies of packets in rented arrays, bounded; no lease of the line's
// buffers is held.
using System.Buffers;

namespace UdpTun.Net.Treatment.Faults;

/// <summary>Packets that wait for their time, in the order of it.</summary>
/// <param name="maxBytes">What waits at once at most.</param>
internal sealed class HeldPackets(int maxBytes) : IDisposable
{
    // What a small packet takes beyond its bytes: or else a flood of them would take many times the bound.
    private const int CostOfEntry = 128;

    private readonly PriorityQueue<(byte[] Bytes, int Length), (TimeSpan Due, long Number)> _waiting = new();
    private long _number;
    private int _bytes;

    public int Count => _waiting.Count;

    /// <summary>When the first is due; null when none waits.</summary>
    public TimeSpan? NextDue => _waiting.TryPeek(out _, out var priority) ? priority.Due : null;

    /// <summary>Whether a packet fits within the bound.</summary>
    public bool HasRoomFor(int length) => _bytes + length + CostOfEntry <= maxBytes;

    /// <summary>Copies a packet, which may for once exceed the bound.</summary>
    public void Hold(ReadOnlySpan<byte> packet, TimeSpan due)
    {
        var copy = ArrayPool<byte>.Shared.Rent(packet.Length);
        packet.CopyTo(copy);
        _bytes += packet.Length + CostOfEntry;
        _waiting.Enqueue((copy, packet.Length), (due, _number++));
    }

    /// <summary>The length of the first packet if it is due; 0 when none is.</summary>
    public int LengthOfDue(TimeSpan now) => NextDue <= now ? _waiting.Peek().Length : 0;

    /// <summary>Moves the first packet out; there is one.</summary>
    public void MoveFirstTo(Span<byte> room)
    {
        var (bytes, length) = _waiting.Dequeue();
        bytes.AsSpan(0, length).CopyTo(room);
        ArrayPool<byte>.Shared.Return(bytes);
        _bytes -= length + CostOfEntry;
    }

    public void Dispose()
    {
        while (_waiting.TryDequeue(out var packet, out _)) ArrayPool<byte>.Shared.Return(packet.Bytes);
        _bytes = 0;
    }
}
