using UdpTun.Linux.Tun;
using UdpTun.Net.Buffers;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Testing.Packets;

namespace UdpTun.Linux.Tests.Tun;

public sealed class TunPairTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Packets_should_come_out_of_the_other_end_each_by_itself(bool offload)
    {
        var (one, other) = TunPair.Open("pair", 1420, offload);
        using var first = one;
        using var second = other;
        var burst = TestPackets.Burst();
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 0, 0), other.Read(burst));
        byte[][] packets = [PacketBuilder.Udp("10.9.0.2:4000", "10.9.0.1:5000", [1, 2, 3]), PacketBuilder.Udp("10.9.0.2:4000", "10.9.0.1:5000", new byte[1000])];

        Assert.Equal(new IoResult(IoStatus.Ok, 2, 0), one.Write([TestPackets.Batch(default, packets)], 0));
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 2, 0), other.Read(burst));

        Assert.Equal(packets, [burst.Packet(0).ToArray(), burst.Packet(1).ToArray()]);
    }

    [Fact]
    public void Super_packet_should_come_out_with_what_it_needs()
    {
        var (one, other) = TunPair.Open("pair", 1420, offload: true);
        using var first = one;
        using var second = other;
        var packet = PacketBuilder.Tcp("10.9.0.2:4000", "10.9.0.1:5000", TcpFlags.Ack, new byte[50_000]);
        var needs = new PacketOffload(SegmentKind.TcpV4, true, 40, 1380, 20, 16);
        var written = TestPackets.Burst();
        packet.CopyTo(written.Bytes, written.NextOffset);
        written.Append(packet.Length, needs);
        var read = TestPackets.Burst();

        one.Write([written.Share(0, 1)], 0);
        other.Read(read);

        Assert.Equal((1, needs, packet.Length), (read.Count, read.Packets[0].Offload, read.Packets[0].Length));
        Assert.Equal(packet, read.Packet(0).ToArray());
    }
}
