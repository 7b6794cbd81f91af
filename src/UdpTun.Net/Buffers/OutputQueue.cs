// Stage: in front of a device. Thread: event loop. Memory: owns every batch in it until Consume or Clear releases it.
namespace UdpTun.Net.Buffers;

/// <summary>
/// The batches that wait for a device, in order: those of the present round, plus what the kernel had no room for. Bounded;
/// the kernel's queue is the real one. Allocates nothing after construction.
/// </summary>
public sealed class OutputQueue(int capacity)
{
    private readonly PacketBatch[] _batches = new PacketBatch[capacity];
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>The waiting batches, oldest first.</summary>
    public ReadOnlySpan<PacketBatch> Batches => _batches.AsSpan(0, _count);

    /// <summary>Packets of the first batch that are dealt with already.</summary>
    public int FirstPacket { get; private set; }

    /// <summary>Takes the batch over, or returns false when the queue is full and the batch stays the caller's.</summary>
    public bool TryAdd(PacketBatch batch)
    {
        if (_count == _batches.Length) return false;
        _batches[_count++] = batch;
        return true;
    }

    /// <summary>
    /// Marks the first <paramref name="packets"/> packets as dealt with, releases the batches that are finished, and returns what
    /// that was: packets and their bytes, without those that were dropped on the line. A joined packet is dealt with whole or not at all.
    /// </summary>
    public (int Packets, long Bytes) Consume(int packets)
    {
        var (consumed, bytes, finished) = (0, 0L, 0);
        while (packets > 0)
        {
            var batch = _batches[finished];
            var done = Math.Min(packets, batch.Count - FirstPacket);
            var weight = batch.WeightOf(FirstPacket, done);
            consumed += weight.Packets;
            bytes += weight.Bytes;
            packets -= done;
            FirstPacket += done;
            if (FirstPacket < batch.Count) break;
            batch.Release();
            FirstPacket = 0;
            finished++;
        }

        RemoveFirst(finished);
        return (consumed, bytes);
    }

    /// <summary>Releases everything and returns how many packets were still waiting.</summary>
    public int Clear()
    {
        var waiting = -FirstPacket;
        foreach (var batch in Batches)
        {
            waiting += batch.Count;
            batch.Release();
        }

        FirstPacket = 0;
        RemoveFirst(_count);
        return waiting;
    }

    private void RemoveFirst(int finished)
    {
        if (finished == 0) return;
        Batches[finished..].CopyTo(_batches);
        _batches.AsSpan(_count - finished, finished).Clear(); // no reference to a released batch stays behind
        _count -= finished;
    }
}
