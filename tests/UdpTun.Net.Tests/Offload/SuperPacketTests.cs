using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Offload;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Offload;

public sealed class SuperPacketTests
{
    /// <summary>A flow that can be cut, data, a segment's size, a sequence number, TCP options.</summary>
    public static readonly Gen<(FlowKey Flow, byte[] Data, int Size, uint Sequence, byte[] Options, ushort Identification)> Streams =
        Gen.Select(
            PacketGen.Flow.Where(flow => flow.Protocol is IpProtocol.Tcp or IpProtocol.Udp), Gen.Byte.Array[1, 3000], Gen.Int[1, 1400], Gen.UInt,
            Gen.Byte.Array[12], Gen.Select(Gen.Bool, Gen.UShort))
        .Select((flow, data, size, sequence, options, rest) =>
            (flow, data, Math.Max(size, data.Length / 60 + 1), sequence, flow.Protocol == IpProtocol.Tcp && rest.Item1 ? options : [], rest.Item2));

    private static List<byte[]> Pieces(byte[] data, int size) =>
        [.. Enumerable.Range(0, (data.Length + size - 1) / size).Select(i => data[(i * size)..Math.Min((i + 1) * size, data.Length)])];

    private static PacketDescriptor Whole(byte[] packet, PacketOffload offload) => new(0, packet.Length, offload);

    [Fact]
    public void Segments_should_equal_those_of_the_plain_twin() => Streams.Sample(s =>
    {
        var (packet, offload) = Segments.Join(s.Flow, s.Data, s.Size, s.Sequence, s.Options, s.Identification);
        var cut = Segments.Cut(packet.AsSpan(0, offload.HeaderLength), offload, Pieces(s.Data, s.Size)).ToArray();
        Assert.Equal(Segments.Of(s.Flow, s.Data, s.Size, s.Sequence, s.Options, s.Identification), cut);
        Assert.Equal((cut.Length, cut.Sum(segment => segment.Length)), (Whole(packet, offload).Packets, Whole(packet, offload).WireBytes));
    });

    [Fact]
    public void Flags_should_stand_where_they_say_something()
    {
        var flow = Nat.NatFixture.Tcp("10.61.0.2:5000");
        var (packet, offload) = Segments.Join(flow, new byte[300], 100);
        packet[33] = (byte)(TcpFlags.Ack | TcpFlags.Fin | TcpFlags.Psh | TcpFlags.Cwr | TcpFlags.Ece);
        var cut = Segments.Cut(packet.AsSpan(0, offload.HeaderLength), offload, Pieces(new byte[300], 100)).ToArray();
        Assert.All(cut, segment => Assert.True(PlainChecksum.IsIntact(segment)));
        Assert.Equal(
            [TcpFlags.Ack | TcpFlags.Ece | TcpFlags.Cwr, TcpFlags.Ack | TcpFlags.Ece, TcpFlags.Ack | TcpFlags.Ece | TcpFlags.Fin | TcpFlags.Psh],
            cut.Select(segment => (TcpFlags)segment[33]));
    }

    [Fact]
    public void Both_zeros_of_a_UDP_checksum_should_come_out_as_all_ones()
    {
        var flow = Nat.NatFixture.Udp("10.61.0.2:5000");
        for (var word = 0; word <= 0xFFFF; word++)
        {
            byte[] data = [(byte)(word >> 8), (byte)word];
            var (packet, offload) = Segments.Join(flow, data, 2);
            var segment = Assert.Single(Segments.Cut(packet.AsSpan(0, offload.HeaderLength), offload, [data]));
            Assert.True(PlainChecksum.IsIntact(segment));
            Assert.False(segment[26] == 0 && segment[27] == 0);
        }
    }

    [Fact]
    public void Cutting_should_allocate_nothing()
    {
        var (packet, offload) = Segments.Join(Nat.NatFixture.Tcp("10.61.0.2:5000"), new byte[3000], 1000);
        var header = new byte[offload.HeaderLength];
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            var super = new SuperPacket(packet, offload);
            for (var i = 0; i < 3; i++) super.WriteHeader(i, i * 1000, packet.AsSpan(40 + i * 1000, 1000), i == 2, header);
        }));
    }
}
