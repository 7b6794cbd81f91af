// Stage: between a tapped session and whoever writes the file. Thread: one that fills, one that empties. Memory: one array of fixed size.
using System.Numerics;
using System.Runtime.InteropServices;

namespace UdpTun.Net.Treatment.Capture;

/// <summary>
/// A bounded queue of records of any length in one array, for one producer and one consumer. The producer reserves records, may still
/// change them, and publishes them together; the consumer sees only what is published. Allocates nothing after construction.
/// </summary>
internal sealed class PacketRing
{
    private const int Alignment = 8;
    private const int LengthBytes = 8; // of which 4 are used: records stay aligned

    private readonly byte[] _bytes;
    private readonly SemaphoreSlim _news = new(0, 1);
    private long _reserved;
    private long _published;
    private long _consumed;
    private int _isAwaited;

    /// <param name="capacity">Bytes, a power of two.</param>
    public PacketRing(int capacity)
    {
        if (!BitOperations.IsPow2(capacity) || capacity < 64) throw new ArgumentOutOfRangeException(nameof(capacity));
        _bytes = GC.AllocateUninitializedArray<byte>(capacity);
    }

    /// <summary>Producer: room for a record, or false when there is none.</summary>
    /// <param name="length">Bytes, more than 0.</param>
    /// <param name="at">Where it is, for <see cref="At"/>.</param>
    public bool TryReserve(int length, out int at)
    {
        var need = LengthBytes + ((length + Alignment - 1) & -Alignment);
        at = (int)(_reserved & (_bytes.Length - 1));
        var skipped = _bytes.Length - at < need ? _bytes.Length - at : 0; // a record never wraps
        if (_reserved + skipped + need - Volatile.Read(ref _consumed) > _bytes.Length) return false;
        if (skipped > 0)
        {
            WriteLength(at, -skipped);
            at = 0;
        }

        WriteLength(at, length);
        _reserved += skipped + need;
        at += LengthBytes;
        return true;
    }

    /// <summary>Producer: the record's bytes, until it is published.</summary>
    public Span<byte> At(int at) => _bytes.AsSpan(at, MemoryMarshal.Read<int>(_bytes.AsSpan(at - LengthBytes)));

    /// <summary>Producer: shows the consumer what has been reserved, and wakes it.</summary>
    public void Publish()
    {
        if (_published == _reserved) return;
        Volatile.Write(ref _published, _reserved);
        Wake();
    }

    /// <summary>Ends a <see cref="WaitAsync"/>, with or without news. Any thread.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier(); // either we see that the consumer waits, or it sees what is published
        if (Interlocked.Exchange(ref _isAwaited, 0) == 1) _news.Release();
    }

    /// <summary>Consumer: the oldest record, or false when none is published.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> record)
    {
        record = default;
        while (_consumed < Volatile.Read(ref _published))
        {
            var at = (int)(_consumed & (_bytes.Length - 1));
            var length = MemoryMarshal.Read<int>(_bytes.AsSpan(at));
            if (length > 0)
            {
                record = _bytes.AsSpan(at + LengthBytes, length);
                return true;
            }

            Volatile.Write(ref _consumed, _consumed - length);
        }

        return false;
    }

    /// <summary>Consumer: gives the room of the record just peeked at back.</summary>
    public void Consume(int length) =>
        Volatile.Write(ref _consumed, _consumed + LengthBytes + ((length + Alignment - 1) & -Alignment));

    /// <summary>Consumer: returns when something is published or <see cref="Wake"/> is called, or after <paramref name="patience"/>.</summary>
    public async Task WaitAsync(TimeSpan patience, CancellationToken stop)
    {
        Volatile.Write(ref _isAwaited, 1);
        Interlocked.MemoryBarrier();
        if (_consumed < Volatile.Read(ref _published))
        {
            // Nobody else may have taken the flag back: then its release has to be taken, too.
            if (Interlocked.Exchange(ref _isAwaited, 0) == 0) await _news.WaitAsync(stop);
            return;
        }

        try
        {
            if (await _news.WaitAsync(patience, stop)) return;
        }
        catch (OperationCanceledException) when (Interlocked.Exchange(ref _isAwaited, 0) == 1)
        {
            throw;
        }

        if (Interlocked.Exchange(ref _isAwaited, 0) == 0) await _news.WaitAsync(stop);
    }

    private void WriteLength(int at, int length) => MemoryMarshal.Write(_bytes.AsSpan(at), length);
}
