using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Net.Offload;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Offload;

public sealed class PacketCutterTests
{
    private static List<byte[]> Cut(byte[] packet, PacketOffload offload)
    {
        var cutter = new PacketCutter(packet, offload);
        var (cut, room) = (new List<byte[]>(), new byte[packet.Length]);
        while (cutter.TryNext(room, out var length)) cut.Add(room[..length]);
        return cut;
    }

    [Fact]
    public void Super_packet_should_come_out_as_the_packets_it_stands_for() => SuperPacketTests.Streams.Sample(s =>
    {
        var (packet, offload) = Segments.Join(s.Flow, s.Data, s.Size, s.Sequence, s.Options, s.Identification);
        Assert.Equal(Segments.Of(s.Flow, s.Data, s.Size, s.Sequence, s.Options, s.Identification), Cut(packet, offload));
    });

    [Fact]
    public void Ordinary_packet_should_come_out_once_with_its_pending_checksum_finished() => PacketGen.Intact.Sample(packet =>
    {
        Assert.Equal([packet], Cut(packet, default));
        if (packet[0] >> 4 == 4 && packet[9] == 1) return; // no kernel leaves that of ICMP pending
        var at = PlainChecksum.TransportAt(packet);
        var offload = new PacketOffload(SegmentKind.None, true, 0, 0, (ushort)at, (ushort)(PlainChecksum.ChecksumAt(packet) - at));
        Assert.Equal([packet], Cut(PacketBuilder.WithPendingChecksum([.. packet]), offload));
    });
}
