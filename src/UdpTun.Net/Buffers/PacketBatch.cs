using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Buffers;

/// <summary>
/// Consecutive packets of one burst that travel together: those of one flow, or a whole burst where flows do not matter. Holds
/// a share of the burst's lease. Exactly one party owns a batch at a time; it may rewrite the packets, and either passes the
/// batch on or releases it.
/// </summary>
public sealed class PacketBatch
{
    private readonly PacketBurst _burst;
    private readonly int _first;
    private int _released;

    internal PacketBatch(PacketBurst burst, int first, int count, InetEndpoint remote, PeerId peer)
    {
        _burst = burst;
        _first = first;
        Count = count;
        Remote = remote;
        Peer = peer;
    }

    /// <summary>Packets in the batch, dropped ones included; at least 1.</summary>
    public int Count { get; }

    /// <summary>
    /// The far end of the tunnel: whom the UDP end received the packets from, or is to send them to. Default between TUN and session.
    /// Written by the batch's owner before it passes the batch on.
    /// </summary>
    public InetEndpoint Remote { get; set; }

    /// <summary>
    /// The far end's identity, where a transport proves identities: who sent the packets, or who is to get them, wherever that peer may be
    /// then. Default in plain mode, and between TUN and session. Written by the batch's owner before it passes the batch on.
    /// </summary>
    public PeerId Peer { get; set; }

    /// <summary>The pinned buffer that the descriptors point into.</summary>
    public byte[] Bytes => _burst.Bytes;

    public ref readonly PacketDescriptor this[int index] => ref _burst.Packets[_first + index];

    /// <summary>The bytes of packet <paramref name="index"/> (0..<see cref="Count"/>-1); empty when it was dropped.</summary>
    public Span<byte> Packet(int index) => _burst.Packet(_first + index);

    /// <summary>How many tails follow packet <paramref name="index"/>: more than none only behind the head of a joined super-packet.</summary>
    public int TailsOf(int index) => this[index].Tails;

    /// <summary>Packets that packet <paramref name="index"/> is cut into on its way to a wire; its tails are such packets already.</summary>
    public int SegmentsOf(int index) => TailsOf(index) is > 0 and var tails ? 1 + tails : this[index].Packets;

    /// <summary>The payload of segment <paramref name="segment"/> of super-packet <paramref name="index"/>: where it lies in <see cref="Bytes"/>.</summary>
    public (int Offset, int Length) PayloadOf(int index, int segment)
    {
        ref readonly var head = ref this[index];
        var header = head.Offload.HeaderLength;
        if (TailsOf(index) > 0)
            return segment == 0 ? (head.Offset + header, head.Length - header) : (this[index + segment].Offset, this[index + segment].Length);
        var at = segment * head.Offload.SegmentSize;
        return (head.Offset + header + at, Math.Min(head.Offload.SegmentSize, head.Length - header - at));
    }

    /// <summary>What packet <paramref name="index"/> with its tails is on a wire.</summary>
    public (int Packets, int Bytes) WeightOf(int index) => WeightOf(index, 1 + TailsOf(index));

    /// <summary>Some of the packets as they are on a wire, no head without its tails.</summary>
    public (int Packets, int Bytes) WeightOf(int first, int count) => _burst.WeightOf(_first + first, count);

    /// <summary>Packet <paramref name="index"/> with its tails' payload behind it, copied where it has any.</summary>
    /// <param name="index">No tail.</param>
    /// <param name="room">64 KB.</param>
    public ReadOnlySpan<byte> Gather(int index, Span<byte> room)
    {
        var tails = TailsOf(index);
        if (tails == 0) return Packet(index);
        var length = 0;
        for (var piece = index; piece <= index + tails; piece++)
        {
            Packet(piece).CopyTo(room[length..]);
            length += this[piece].Length;
        }

        return room[..length];
    }

    /// <summary>Packets of the batch as they are on a wire (see <see cref="PacketDescriptor.Packets"/>), and their bytes there.</summary>
    public (int Packets, int Bytes) Weight() => _burst.WeightOf(_first, Count);

    /// <summary>The first packet that is still in the batch; empty when all were dropped.</summary>
    public Span<byte> FirstPacket()
    {
        for (var i = 0; i < Count; i++)
            if (this[i].Length > 0) return Packet(i);
        return default;
    }

    /// <summary>
    /// Takes packet <paramref name="index"/> out of the batch, with its tails: their length becomes 0 and the ends skip them. The caller
    /// counts them.
    /// </summary>
    /// <returns>Packets taken out, as they would be on a wire.</returns>
    public int Drop(int index)
    {
        var pieces = 1 + TailsOf(index);
        var (packets, _) = _burst.WeightOf(_first + index, pieces);
        for (var i = 0; i < pieces; i++) _burst.Drop(_first + index + i);
        return packets;
    }

    /// <summary>Points packet <paramref name="index"/> elsewhere within its own room (headroom, packet, tailroom).</summary>
    public void Move(int index, PacketDescriptor packet) => _burst.Replace(_first + index, packet);

    /// <summary>Gives the share of the lease back. Thread-safe; the packets may not be touched afterwards.</summary>
    /// <exception cref="InvalidOperationException">The batch was released before.</exception>
    public void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0) throw new InvalidOperationException("a packet batch was released twice");
        _burst.Release();
    }
}
