using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Headers;

public class OuterClassTests
{
    private const byte NotEct = 0, Ect1 = 1, Ect0 = 2, Ce = 3, Dropped = 255;

    private static readonly InetEndpoint Here = new(InetAddress.Parse("10.61.0.2"), 4000), There = new(InetAddress.Parse("203.0.113.10"), 53);
    private static readonly InetEndpoint Here6 = new(InetAddress.Parse("fd61::2"), 4000), There6 = new(InetAddress.Parse("2001:db8::10"), 53);

    /// <summary>RFC 6040 section 4.2, figure 4: a row for each inner codepoint, a column for each outer one.</summary>
    [Theory]
    [InlineData(NotEct, NotEct, NotEct)]
    [InlineData(NotEct, Ect0, NotEct)]
    [InlineData(NotEct, Ect1, NotEct)]
    [InlineData(NotEct, Ce, Dropped)]
    [InlineData(Ect0, NotEct, Ect0)]
    [InlineData(Ect0, Ect0, Ect0)]
    [InlineData(Ect0, Ect1, Ect1)]
    [InlineData(Ect0, Ce, Ce)]
    [InlineData(Ect1, NotEct, Ect1)]
    [InlineData(Ect1, Ect0, Ect1)]
    [InlineData(Ect1, Ect1, Ect1)]
    [InlineData(Ect1, Ce, Ce)]
    [InlineData(Ce, NotEct, Ce)]
    [InlineData(Ce, Ect0, Ce)]
    [InlineData(Ce, Ect1, Ce)]
    [InlineData(Ce, Ce, Ce)]
    public void Packet_should_leave_the_tunnel_as_figure_4_of_rfc_6040_says(byte inner, byte outer, byte expected)
    {
        foreach (var v4 in (bool[])[true, false])
        {
            var packet = WithClass(v4 ? PacketBuilder.Udp(Here, There, [1]) : PacketBuilder.Udp(Here6, There6, [1]), (byte)(0xB8 | inner));
            var drops = new DropCounters();
            var burst = Received(packet, (byte)(0x48 | outer));

            OuterClass.Apply(burst, drops);

            Assert.Equal(expected == Dropped ? 1 : 0, drops[DropReason.CongestionUntold]);
            Assert.Equal(expected == Dropped ? [] : WithClass(packet, (byte)(0xB8 | expected)), burst.Packet(0).ToArray());
        }
    }

    [Theory]
    [InlineData(null, 0xBB, 0xBB)]
    [InlineData(null, 0x01, 0x01)]
    [InlineData(0, 0xBA, 0x02)]
    [InlineData(63, 0x03, 0xFF)]
    public void Datagram_should_bear_the_packets_ecn_and_its_code_point_or_a_fixed_one(int? dscp, byte inner, byte expected)
    {
        foreach (var packet in (byte[][])[PacketBuilder.Udp(Here, There, [1]), PacketBuilder.Udp(Here6, There6, [1])])
        {
            var batch = Received(WithClass(packet, inner), 0).Share(0, 1);

            new OuterClass(dscp).Mark(batch);

            Assert.Equal(expected, batch[0].OuterClass.Value);
            Assert.Equal(WithClass(packet, inner), batch.Packet(0).ToArray());
        }
    }

    [Fact]
    public void Dropped_packets_and_noise_should_stay_what_they_are()
    {
        var burst = Received([0x45, 0, 0], Ce);
        burst.Append(0, default);
        var batch = burst.Share(0, 2);

        new OuterClass().Mark(batch);

        Assert.Equal(default, batch[0].OuterClass);
        Assert.Equal(0, batch[1].Length);
    }

    [Fact]
    public void Any_packet_should_change_as_the_plain_twin_changes_it() => Gen.Select(PacketGen.Any, Gen.Byte).Sample((packet, outer) =>
    {
        if (packet.Length == 0) return;
        var burst = Received(packet, outer);
        var drops = new DropCounters();

        OuterClass.Apply(burst, drops);

        var expected = PlainApply(packet, outer);
        Assert.Equal(expected ?? [], burst.Packet(0).ToArray());
        Assert.Equal(expected is null ? 1 : 0, drops[DropReason.CongestionUntold]);
    });

    private static PacketBurst Received(byte[] packet, byte outer)
    {
        Assert.True(new PacketPool(1).TryLease(out var burst));
        packet.CopyTo(burst.Bytes, burst.NextOffset);
        burst.AppendAt(burst.NextOffset, packet.Length, default, default, new TrafficClass(outer));
        return burst;
    }

    /// <summary>The same packet with another class, its IPv4 checksum made anew.</summary>
    private static byte[] WithClass(byte[] packet, byte value)
    {
        byte[] changed = [.. packet];
        if (changed[0] >> 4 == 4)
        {
            changed[1] = value;
            return PacketBuilder.RefreshHeaderChecksum(changed);
        }

        changed[0] = (byte)(0x60 | (value >> 4));
        changed[1] = (byte)((changed[1] & 0x0F) | (value << 4));
        return changed;
    }

    /// <summary>Figure 4 as a table, the header bit by bit, the checksum as the difference that it must show; null: dropped.</summary>
    private static byte[]? PlainApply(byte[] packet, byte outer)
    {
        byte[][] figure4 =
        [
            [NotEct, NotEct, NotEct, Dropped], // outer Not-ECT, ECT(1), ECT(0), CE
            [Ect1, Ect1, Ect1, Ce],
            [Ect0, Ect1, Ect0, Ce],
            [Ce, Ce, Ce, Ce],
        ];
        byte[] result = [.. packet];
        var version = packet[0] >> 4;
        if (!(version == 4 && packet.Length >= 20) && !(version == 6 && packet.Length >= 40))
            return (outer & 3) == Ce ? null : result; // nothing in it that could be told
        var shift = version == 4 ? 0 : 4;
        var inner = (packet[1] >> shift) & 3;
        var ecn = figure4[inner][outer & 3];
        if (ecn == Dropped) return null;
        result[1] = (byte)((packet[1] & ~(3 << shift)) | (ecn << shift));
        if (version == 6 || ecn == inner) return result;
        // What a checksum covers grows by as much as the checksum shrinks, modulo 0xFFFF.
        var checksum = ((packet[10] << 8) | packet[11]) - (ecn - inner);
        checksum = ((checksum % 0xFFFF) + 0xFFFF) % 0xFFFF;
        (result[10], result[11]) = ((byte)(checksum >> 8), (byte)checksum);
        return result;
    }
}
