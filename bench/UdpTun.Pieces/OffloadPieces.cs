using BenchmarkDotNet.Attributes;
using UdpTun.Net.Buffers;
using UdpTun.Net.Offload;

namespace UdpTun.Pieces;

/// <summary>A super-packet of 44 segments: cut on the way to the socket, joined on the way to the TUN.</summary>
public class OffloadPieces
{
    private readonly byte[] _super = Samples.SuperPacket();
    private readonly byte[] _headers = new byte[Samples.Segments * Samples.HeaderLength];
    private readonly byte[] _firstHeader = Samples.Tcp()[..Samples.HeaderLength];
    private readonly int[] _offsets = new int[Samples.Segments];
    private readonly PacketPool _pool = new(1);
    private readonly Coalescer _coalescer = new(joinsUdp: true);

    /// <summary>The pool's one burst keeps its bytes from lease to lease, so they are put there once.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var burst = Lease();
        for (var i = 0; i < Samples.Segments; i++)
        {
            var packet = Samples.Tcp(segment: i);
            _offsets[i] = burst.NextOffset;
            packet.CopyTo(burst.Bytes, burst.NextOffset);
            burst.Append(packet.Length);
        }

        burst.Release();
    }

    [Benchmark]
    public void Segment()
    {
        var super = new SuperPacket(_super, Samples.Offload);
        for (var i = 0; i < Samples.Segments; i++)
        {
            var offset = i * Samples.SegmentSize;
            var payload = _super.AsSpan(Samples.HeaderLength + offset, Samples.SegmentSize);
            var header = _headers.AsSpan(i * Samples.HeaderLength, Samples.HeaderLength);
            super.WriteHeader(i, offset, payload, i == Samples.Segments - 1, header);
        }
    }

    [Benchmark]
    public int Coalesce()
    {
        var burst = Lease();
        foreach (var offset in _offsets) burst.AppendAt(offset, Samples.HeaderLength + Samples.SegmentSize);
        _firstHeader.CopyTo(burst.Bytes, _offsets[0]);
        _coalescer.Join(burst, 0, burst.Count);
        var pieces = burst.Packets[^1].IsTail ? burst.Count : throw new InvalidOperationException("the packets were not joined");
        burst.Release();
        return pieces;
    }

    private PacketBurst Lease() => _pool.TryLease(out var burst) ? burst : throw new InvalidOperationException("the burst is out");
}
