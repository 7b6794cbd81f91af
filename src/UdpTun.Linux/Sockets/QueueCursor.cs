// Walks a queue of batches as if it were one row of packets. Lives on the stack of one send.
using UdpTun.Net.Buffers;

namespace UdpTun.Linux.Sockets;

/// <summary>The position in a queue; packets of length 0 are passed over but counted.</summary>
internal ref struct QueueCursor(ReadOnlySpan<PacketBatch> queue, int firstPacket)
{
    private readonly ReadOnlySpan<PacketBatch> _queue = queue;
    private int _batch;
    private int _packet = firstPacket;

    /// <summary>Packets passed so far, the present one included, counted from where the cursor began.</summary>
    public int Ordinal { get; private set; }

    /// <summary>Moves to the next packet that is to be sent.</summary>
    public bool TryNext(out PacketBatch batch, out PacketDescriptor packet)
    {
        for (; _batch < _queue.Length; _batch++, _packet = 0)
        {
            batch = _queue[_batch];
            while (_packet < batch.Count)
            {
                packet = batch[_packet++];
                Ordinal++;
                if (packet.Length > 0) return true;
            }
        }

        batch = null!;
        packet = default;
        return false;
    }
}
