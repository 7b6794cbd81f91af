// Stage: beside the line, for what looks at packets one by one (captures, faults). Thread: any, each its own. Memory: reads the packet,
// writes into the caller's span; nothing allocated.
using UdpTun.Net.Buffers;

namespace UdpTun.Net.Offload;

/// <summary>
/// The finished packets that one packet of a batch stands for, as they would be on a wire: the segments of a super-packet, or the
/// packet itself, with the checksum that was pending.
/// </summary>
public ref struct PacketCutter
{
    private readonly ReadOnlySpan<byte> _packet;
    private readonly PacketOffload _offload;
    private readonly SuperPacket _header;
    private int _cut;
    private int _index;

    /// <param name="packet">The packet in one piece; of a joined one the head with its tails' payload behind it.</param>
    /// <param name="offload">The head's.</param>
    public PacketCutter(ReadOnlySpan<byte> packet, in PacketOffload offload)
    {
        _packet = packet;
        _offload = offload;
        if (offload.Kind != SegmentKind.None) _header = new SuperPacket(packet, offload);
    }

    /// <summary>Writes the next packet; false when there is none left.</summary>
    /// <param name="room">As long as the packet that is cut.</param>
    /// <param name="length">Bytes of the next packet.</param>
    public bool TryNext(Span<byte> room, out int length)
    {
        length = 0;
        if (_offload.Kind == SegmentKind.None) return TryWhole(room, out length);
        var payload = _packet[_offload.HeaderLength..];
        if (_index > 0 && _cut >= payload.Length) return false;
        var size = Math.Min(_offload.SegmentSize, payload.Length - _cut);
        var segment = payload.Slice(_cut, size);
        _header.WriteHeader(_index, _cut, segment, _cut + size == payload.Length, room);
        segment.CopyTo(room[_offload.HeaderLength..]);
        length = _offload.HeaderLength + size;
        _cut += size;
        _index++;
        return true;
    }

    private bool TryWhole(Span<byte> room, out int length)
    {
        length = _packet.Length;
        if (_index++ > 0) return false;
        _packet.CopyTo(room);
        if (_offload.ChecksumPending) Checksums.Finish(room[..length], _offload);
        return true;
    }
}
