// Walks a queue of batches as if it were one row of datagrams. Lives on the stack of one send.
using UdpTun.Net.Buffers;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// The position in a queue: a packet, and in a super-packet a segment of it. Packets of length 0 are passed over but counted, and so
/// are the tails of a joined one.
/// </summary>
internal ref struct SegmentCursor(ReadOnlySpan<PacketBatch> queue, int firstPacket, int firstSegment)
{
    private readonly ReadOnlySpan<PacketBatch> _queue = queue;
    private int _batch;

    public readonly PacketBatch Batch => _queue[_batch];

    /// <summary>Index of the present packet in its batch.</summary>
    public int Packet { get; private set; } = firstPacket;

    /// <summary>Packets passed, counted from where the cursor began.</summary>
    public int Passed { get; private set; }

    /// <summary>The present segment of the present packet; 0 of an ordinary one.</summary>
    public int Segment { get; private set; } = firstSegment;

    /// <summary>Moves to the next packet that is to be sent, if the present one is not; false at the queue's end.</summary>
    public bool Find()
    {
        for (; _batch < _queue.Length; _batch++, Packet = 0)
        {
            for (; Packet < Batch.Count; Packet++, Passed++)
                if (Batch[Packet].Length > 0) return true;
        }

        return false;
    }

    public void NextSegment() => Segment++;

    /// <summary>Behind the present datagram, whether that is a packet or a segment of one.</summary>
    public void NextDatagram()
    {
        var tails = Batch.TailsOf(Packet);
        var total = Batch[Packet].Offload.Kind == SegmentKind.None ? 1 : tails > 0 ? 1 + tails : Batch[Packet].Packets;
        if (Segment + 1 < total) NextSegment();
        else NextPacket();
    }

    /// <summary>Behind the present packet and its tails.</summary>
    public void NextPacket()
    {
        var packets = 1 + Batch.TailsOf(Packet);
        Packet += packets;
        Passed += packets;
        Segment = 0;
    }
}
