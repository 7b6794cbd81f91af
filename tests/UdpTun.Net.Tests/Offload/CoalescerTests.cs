using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Offload;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Offload;

public sealed class CoalescerTests
{
    private static readonly FlowKey Web = Nat.NatFixture.Tcp("203.0.113.1:80", "10.61.0.2:5000");
    private static readonly FlowKey Video = Nat.NatFixture.Udp("203.0.113.1:443", "10.61.0.2:5000");

    private readonly Coalescer _coalescer = new(joinsUdp: true);
    private readonly PacketPool _pool = new(Environment.ProcessorCount + 1);

    private PacketBurst Join(params IEnumerable<byte[]> packets)
    {
        Assert.True(_pool.TryLease(out var burst));
        foreach (var packet in packets) burst.Put(packet);
        _coalescer.Join(burst, 0, burst.Count);
        return burst;
    }

    private static int Heads(PacketBurst burst) => burst.Packets.ToArray().Count(packet => packet.Length > 0 && !packet.IsTail);

    private static byte[] Altered(byte[] packet, Action<byte[]> change)
    {
        change(packet);
        return PacketBuilder.Finish(packet);
    }

    [Fact]
    public void Cut_again_the_packets_should_be_what_they_were() => SuperPacketTests.Streams.Sample(s =>
    {
        var packets = Segments.Of(s.Flow, s.Data, s.Size, s.Sequence, s.Options, s.Identification);
        var burst = Join(packets);
        Assert.Equal(1, Heads(burst));
        Assert.Equal(packets, Segments.Cut(burst));
        burst.Release();
    }, threads: 1);

    [Fact]
    public void Joined_header_should_be_what_a_kernel_would_hand_over() => SuperPacketTests.Streams.Sample(s =>
    {
        var packets = Segments.Of(s.Flow, s.Data, s.Size, s.Sequence, s.Options, s.Identification);
        var burst = Join(packets);
        if (packets.Length > 1)
        {
            var (expected, offload) = Segments.Join(s.Flow, s.Data, s.Size, s.Sequence, s.Options, s.Identification);
            Assert.Equal(offload, burst.Packets[0].Offload);
            Assert.Equal(expected[..offload.HeaderLength], burst.Packet(0)[..offload.HeaderLength].ToArray());
        }

        burst.Release();
    }, threads: 1);

    [Fact]
    public void Whatever_comes_should_leave_in_the_same_order_and_unchanged()
    {
        var piece = Gen.Select(Gen.Int[0, 7], Gen.Int[1, 5]);
        piece.Array[1, 12].Sample(pieces =>
        {
            var packets = new List<byte[]>();
            var sequence = 1u;
            foreach (var (kind, count) in pieces)
            {
                var segments = Segments.Of(kind == 1 ? Video : Web, new byte[count * 100], 100, sequence, identification: (ushort)packets.Count);
                sequence += (uint)(count * 100);
                switch (kind)
                {
                    case 2: segments = [.. segments.Reverse()]; break;
                    case 3: segments[^1][^1] ^= 1; break; // damaged
                    case 4: segments = [PacketBuilder.Tcp(Web.Source, Web.Destination, TcpFlags.Ack)]; break;
                    case 5: segments = [PacketBuilder.Tcp(Web.Source, Web.Destination, TcpFlags.Fin | TcpFlags.Ack, [1], sequence++)]; break;
                    case 6: sequence += 1000; break; // a gap
                }

                packets.AddRange(segments);
            }

            var burst = Join(packets.Take(PacketBurst.MaxPackets));
            var cut = Segments.Cut(burst);
            Assert.Equal(packets.Take(PacketBurst.MaxPackets).Select(Neutral), cut.Select(Neutral));
            Assert.Equal((cut.Count, cut.Sum(packet => packet.Length)), burst.WeightOf(0, burst.Count));
            burst.Release();
        }, threads: 1);

        // Identifications mean nothing in packets that cannot be cut (RFC 6864), and a joined packet's are made anew.
        static byte[] Neutral(byte[] packet)
        {
            var copy = packet.ToArray();
            (copy[4], copy[5]) = (0, 0);
            return PacketBuilder.RefreshHeaderChecksum(copy);
        }
    }

    public static TheoryData<string, Action<byte[]>> Differences => new()
    {
        { "time to live", packet => packet[8]-- },
        { "DS or ECN", packet => packet[1] = 3 },
        { "may be cut", packet => packet[6] = 0 },
        { "acknowledgment", packet => packet[31]++ },
        { "window", packet => packet[34]-- },
        { "flags", packet => packet[33] |= (byte)TcpFlags.Urg },
        { "sequence number", packet => packet[27]++ },
        { "reserved bits", packet => packet[32] |= 1 },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void Packet_should_stay_alone_when_it_differs_in(string what, Action<byte[]> change)
    {
        var packets = Segments.Of(Web, new byte[300], 100);
        Altered(packets[1], change);
        var burst = Join(packets);
        Assert.True(Heads(burst) >= 2, what);
        Assert.Equal(packets.Length, Segments.Cut(burst).Count);
    }

    [Fact]
    public void Super_packet_of_UDP_should_hold_no_more_segments_than_a_TUN_takes()
    {
        var burst = Join(Segments.Of(Video, new byte[200 * 10], 10));
        Assert.Equal([63, 63, 63, 7], burst.Packets.ToArray().Where(packet => !packet.IsTail).Select(packet => (int)packet.Tails));
    }

    [Fact]
    public void Packet_with_other_options_should_stay_alone()
    {
        byte[] timestamp = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        var first = Segments.Tcp(Web, TcpFlags.Ack, new byte[100], 1, timestamp);
        timestamp[7]++;
        Assert.Equal(2, Heads(Join(first, Segments.Tcp(Web, TcpFlags.Ack, new byte[100], 101, timestamp))));
    }

    [Fact]
    public void Larger_packet_should_begin_anew_and_a_smaller_one_end_the_row()
    {
        byte[][] packets =
        [
            Segments.Tcp(Web, TcpFlags.Ack, new byte[100], 1, []), Segments.Tcp(Web, TcpFlags.Ack, new byte[50], 101, []),
            Segments.Tcp(Web, TcpFlags.Ack, new byte[50], 151, []), Segments.Tcp(Web, TcpFlags.Ack, new byte[60], 201, []),
        ];
        var burst = Join(packets);
        Assert.Equal([false, true, false, false], burst.Packets.ToArray().Select(packet => packet.IsTail));
    }

    [Fact]
    public void Damaged_packet_should_neither_be_joined_nor_mended()
    {
        var packets = Segments.Of(Web, new byte[300], 100);
        packets[1][^1] ^= 1;
        var burst = Join(packets);
        Assert.Equal(3, Heads(burst));
        Assert.Equal(packets, Segments.Cut(burst));
    }

    [Theory]
    [InlineData(0, 11)] // the head's IP checksum
    [InlineData(1, 11)]
    [InlineData(0, 3)] // its total length
    [InlineData(1, 25)] // a UDP length
    public void Packet_with_a_damaged_header_should_neither_be_joined_nor_mended(int which, int at)
    {
        var packets = Segments.Of(Video, new byte[200], 100);
        packets[which][at] ^= 1;
        var burst = Join(packets);
        Assert.Equal(2, Heads(burst));
        Assert.Equal(packets, Segments.Cut(burst));
    }

    [Fact]
    public void UDP_without_a_checksum_should_stay_as_it_is()
    {
        var packets = Segments.Of(Video, new byte[300], 100).Select(PacketBuilder.WithoutChecksum).ToArray();
        var burst = Join(packets);
        Assert.Equal(3, Heads(burst));
        Assert.Equal(packets, Segments.Cut(burst));
    }

    [Fact]
    public void UDP_should_stay_as_it_is_where_the_device_does_not_take_it_joined()
    {
        Assert.True(_pool.TryLease(out var burst));
        foreach (var packet in Segments.Of(Video, new byte[300], 100)) burst.Put(packet);
        new Coalescer(joinsUdp: false).Join(burst, 0, 3);
        Assert.Equal(3, Heads(burst));
    }

    [Fact]
    public void Joined_packet_should_not_outgrow_an_IP_packet()
    {
        var burst = Join(Segments.Of(Web, new byte[63 * 1400], 1400).Take(60));
        Assert.Equal(2, Heads(burst));
    }

    [Fact]
    public void Joining_should_allocate_nothing()
    {
        Assert.True(_pool.TryLease(out var burst));
        foreach (var packet in Segments.Of(Web, new byte[4000], 100)) burst.Put(packet);
        var (packets, bytes) = (burst.Packets.ToArray(), burst.Bytes.ToArray());
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            packets.CopyTo(burst.Packets);
            bytes.AsSpan(0, 4096).CopyTo(burst.Bytes);
            _coalescer.Join(burst, 0, burst.Count);
        }));
        Assert.Equal(1, Heads(burst));
    }
}
