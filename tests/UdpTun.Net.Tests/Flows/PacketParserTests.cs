using CsCheck;
using PacketDotNet;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Flows;

public sealed class PacketParserTests
{
    private const string Client4 = "10.61.0.2";
    private const string Remote4 = "203.0.113.1";
    private const string Client6 = "fd61::2";
    private const string Remote6 = "2001:db8::1";

    private static DropReason Parse(ReadOnlySpan<byte> packet) => PacketParser.Parse(packet, out _);

    private static byte[] Udp4(int payload = 4) => PacketBuilder.Udp($"{Client4}:5000", $"{Remote4}:53", new byte[payload]);

    private static byte[] Udp6(int payload = 4) => PacketBuilder.Udp($"[{Client6}]:5000", $"[{Remote6}]:53", new byte[payload]);

    /// <summary>An IPv4 packet altered by the test, its header checksum made right again.</summary>
    private static byte[] Altered(byte[] packet, Action<byte[]> alter)
    {
        alter(packet);
        return packet[0] >> 4 == 4 ? PacketBuilder.RefreshHeaderChecksum(packet) : packet;
    }

    [Fact]
    public void Key_should_be_the_one_that_the_packet_was_built_from() =>
        Gen.Select(PacketGen.Flow, PacketGen.Payload).Sample((flow, payload) =>
        {
            Assert.Equal(DropReason.None, PacketParser.Parse(PacketGen.Build(flow, payload), out var key));
            Assert.Equal(flow, key);
        });

    [Fact]
    public void Key_should_be_what_PacketDotNet_reads() => PacketGen.Intact.Sample(bytes =>
    {
        Assert.Equal(DropReason.None, PacketParser.Parse(bytes, out var key));
        var ip = Packet.ParsePacket(LinkLayers.Raw, bytes).Extract<IPPacket>();
        Assert.Equal(ip.SourceAddress, key.Source.Address.ToIPAddress());
        Assert.Equal(ip.DestinationAddress, key.Destination.Address.ToIPAddress());
        Assert.Equal((int)ip.Protocol, (int)key.Protocol);
        var (source, destination) = ip.PayloadPacket switch
        {
            TransportPacket transport => (transport.SourcePort, transport.DestinationPort),
            IcmpV4Packet icmp => (icmp.Id, (ushort)0),
            _ => (System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(44)), (ushort)0),
        };
        Assert.Equal(source, key.Source.Port);
        Assert.Equal(destination, key.Destination.Port);
    });

    [Fact]
    public void Key_of_an_echo_reply_should_be_the_request_s_reversed()
    {
        PacketParser.Parse(PacketBuilder.EchoRequest(Client4, Remote4, 7), out var request);
        PacketParser.Parse(PacketBuilder.EchoReply(Remote4, Client4, 7), out var reply);
        Assert.Equal(request.Reversed(), reply);
        PacketParser.Parse(PacketBuilder.EchoRequest(Client6, Remote6, 7), out request);
        PacketParser.Parse(PacketBuilder.EchoReply(Remote6, Client6, 7), out reply);
        Assert.Equal(request.Reversed(), reply);
    }

    [Fact]
    public void Parser_should_take_super_packets_up_to_the_longest()
    {
        Assert.Equal(DropReason.None, Parse(Udp4(65535 - 28)));
        Assert.Equal(DropReason.None, Parse(Udp6(65535 - 8)));
    }

    [Fact]
    public void Parser_should_not_mind_a_wrong_transport_checksum()
    {
        Assert.Equal(DropReason.None, Parse(PacketBuilder.WithPendingChecksum(Udp4())));
        Assert.Equal(DropReason.None, Parse(PacketBuilder.WithoutChecksum(Udp6())));
    }

    [Fact]
    public void Parser_should_say_truncated_when_any_byte_is_missing_at_the_end()
    {
        foreach (var packet in new[] { Udp4(), Udp6(), PacketBuilder.EchoRequest(Client4, Remote4, 1), PacketBuilder.EchoRequest(Client6, Remote6, 1) })
            for (var length = 0; length < packet.Length; length++)
                Assert.Equal(DropReason.Truncated, Parse(packet.AsSpan(0, length)));
    }

    [Theory]
    [InlineData(IpProtocol.Tcp, 19)]
    [InlineData(IpProtocol.Udp, 7)]
    [InlineData(IpProtocol.Icmp, 7)]
    public void Parser_should_say_truncated_when_the_transport_header_does_not_fit(IpProtocol protocol, int length)
    {
        var (source, destination) = (InetAddress.Parse(Client4), InetAddress.Parse(Remote4));
        Assert.Equal(DropReason.Truncated, Parse(PacketBuilder.Ip((byte)protocol, source, destination, new byte[length])));
    }

    [Fact]
    public void Parser_should_say_not_IP_for_every_other_version()
    {
        for (var version = 0; version < 16; version++)
            if (version is not (4 or 6)) Assert.Equal(DropReason.NotIp, Parse([(byte)(version << 4), .. new byte[60]]));
    }

    [Fact]
    public void Parser_should_say_bad_length_when_bytes_follow_the_packet()
    {
        Assert.Equal(DropReason.BadLength, Parse([.. Udp4(), 0]));
        Assert.Equal(DropReason.BadLength, Parse([.. Udp6(), 0]));
    }

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x44)]
    public void Parser_should_say_bad_length_when_the_header_is_shorter_than_a_header(byte first) =>
        Assert.Equal(DropReason.BadLength, Parse(Altered(Udp4(), p => p[0] = first)));

    [Fact]
    public void Parser_should_say_bad_length_when_the_header_is_longer_than_the_packet() =>
        Assert.Equal(DropReason.BadLength, Parse(Altered(Udp4(), p => p[0] = 0x4F)));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(0xFFFF)]
    public void Parser_should_say_bad_length_when_the_UDP_length_is_not_the_payload_s(int length)
    {
        foreach (var packet in new[] { Udp4(), Udp6() })
        {
            var at = PlainChecksum.TransportAt(packet) + 4;
            Assert.Equal(DropReason.BadLength, Parse(Altered(packet, p => (p[at], p[at + 1]) = ((byte)(length >> 8), (byte)length))));
        }
    }

    [Theory]
    [InlineData(4, DropReason.BadLength)]
    [InlineData(5, DropReason.None)]
    [InlineData(6, DropReason.None)]
    [InlineData(7, DropReason.BadLength)]
    [InlineData(15, DropReason.BadLength)]
    public void Parser_should_hold_the_TCP_data_offset_against_the_payload(int words, DropReason expected) =>
        Assert.Equal(expected, Parse(Altered(
            PacketBuilder.Tcp($"{Client4}:1", $"{Remote4}:2", TcpFlags.Syn, new byte[4]), p => p[32] = (byte)(words << 4))));

    [Fact]
    public void Parser_should_notice_every_flipped_bit_of_an_IPv4_header()
    {
        for (var bit = 0; bit < 160; bit++)
        {
            var packet = Udp4();
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(DropReason.None, Parse(packet));
        }
    }

    [Fact]
    public void Parser_should_say_bad_header_checksum_when_only_that_is_wrong()
    {
        var packet = Udp4();
        packet[8]--;
        Assert.Equal(DropReason.BadHeaderChecksum, Parse(packet));
    }

    [Fact]
    public void Parser_should_refuse_IPv4_options()
    {
        var plain = Udp4();
        byte[] packet = [.. plain[..20], 1, 1, 1, 0, .. plain[20..]];
        packet[0] = 0x46;
        packet[3] += 4;
        packet[10] = packet[11] = 0;
        var checksum = (ushort)~PlainChecksum.Sum(packet.AsSpan(0, 24));
        (packet[10], packet[11]) = ((byte)(checksum >> 8), (byte)checksum);
        Assert.Equal(DropReason.IpOptions, Parse(packet));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.255.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.255")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("ff02::1")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Parser_should_refuse_martians_on_both_sides(string martian)
    {
        var address = InetAddress.Parse(martian);
        var other = InetAddress.Parse(address.IsV4 ? Remote4 : Remote6);
        Assert.Equal(DropReason.MartianAddress, Parse(PacketBuilder.EchoRequest(address, other, 1)));
        Assert.Equal(DropReason.MartianAddress, Parse(PacketBuilder.EchoRequest(other, address, 1)));
    }

    [Theory]
    [InlineData("1.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("169.254.1.1")]
    [InlineData("192.168.1.1")]
    [InlineData("223.255.255.255")]
    [InlineData("::2")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("feff::1")]
    public void Parser_should_leave_other_addresses_to_the_policies(string text)
    {
        var address = InetAddress.Parse(text);
        var other = InetAddress.Parse(address.IsV4 ? Remote4 : Remote6);
        Assert.Equal(DropReason.None, Parse(PacketBuilder.EchoRequest(address, other, 1)));
        Assert.Equal(DropReason.None, Parse(PacketBuilder.EchoRequest(other, address, 1)));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(24)]
    public void Parser_should_refuse_IPv4_mapped_addresses_in_IPv6(int offset)
    {
        var packet = Udp6();
        InetAddress.Parse("203.0.113.9").WriteMappedTo(packet.AsSpan(offset));
        Assert.Equal(DropReason.MartianAddress, Parse(packet));
    }

    [Theory]
    [InlineData(0x2000)]
    [InlineData(0x2001)]
    [InlineData(0x0001)]
    [InlineData(0x1FFF)]
    public void Parser_should_refuse_every_IPv4_fragment(int field) =>
        Assert.Equal(DropReason.Fragment, Parse(Altered(Udp4(), p => (p[6], p[7]) = ((byte)(field >> 8), (byte)field))));

    [Theory]
    [InlineData(50, DropReason.UnsupportedExtensionHeader)]
    [InlineData(51, DropReason.UnsupportedExtensionHeader)]
    [InlineData(135, DropReason.UnsupportedExtensionHeader)]
    [InlineData(1, DropReason.UnsupportedProtocol)]
    [InlineData(59, DropReason.UnsupportedProtocol)]
    [InlineData(132, DropReason.UnsupportedProtocol)]
    public void Parser_should_refuse_other_next_headers(byte next, DropReason expected) =>
        Assert.Equal(expected, Parse(Altered(Udp6(), p => p[6] = next)));

    private static byte[] Extended(params (byte Type, int Length)[] headers) => PacketBuilder.WithExtensions(Udp6(), headers);

    public static TheoryData<DropReason, (byte Type, int Length)[]> Extensions => new()
    {
        { DropReason.None, [(0, 8)] },
        { DropReason.None, [(0, 8), (60, 24), (43, 8), (44, 8), (60, 8)] },
        { DropReason.None, [(44, 8)] }, // an atomic fragment
        { DropReason.None, [(60, 256)] },
        { DropReason.UnsupportedExtensionHeader, [(60, 264)] },
        { DropReason.UnsupportedExtensionHeader, [(60, 128), (60, 136)] },
        { DropReason.UnsupportedExtensionHeader, [(60, 8), (0, 8)] }, // hop-by-hop options come first
        { DropReason.UnsupportedExtensionHeader, [(44, 8), (44, 8)] },
        { DropReason.UnsupportedExtensionHeader, [(60, 8), (60, 8), (60, 8), (60, 8), (60, 8), (60, 8)] },
        { DropReason.UnsupportedExtensionHeader, [(60, 8), (51, 16)] },
    };

    [Theory]
    [MemberData(nameof(Extensions))]
    public void Parser_should_look_behind_bounded_extension_headers(DropReason expected, (byte Type, int Length)[] headers)
    {
        Assert.Equal(expected, PacketParser.Parse(Extended(headers), out var key));
        if (expected != DropReason.None) return;
        PacketParser.Parse(Udp6(), out var plain);
        Assert.Equal(plain, key);
    }

    [Fact]
    public void Parser_should_refuse_a_routing_header_that_still_steers() =>
        Assert.Equal(DropReason.UnsupportedExtensionHeader, Parse(Altered(Extended((43, 8)), p => p[43] = 1)));

    [Fact]
    public void Parser_should_refuse_extension_headers_behind_the_packet_s_end() =>
        Assert.Equal(DropReason.Truncated, Parse(Altered(Extended((60, 8)), p => p[41] = 30)));

    [Theory]
    [InlineData(2)]
    [InlineData(47)]
    [InlineData(50)]
    [InlineData(58)]
    [InlineData(132)]
    public void Parser_should_refuse_other_protocols(byte protocol) =>
        Assert.Equal(DropReason.UnsupportedProtocol, Parse(Altered(Udp4(), p => p[9] = protocol)));

    [Fact]
    public void Parser_should_refuse_all_ICMP_but_echo_and_errors_without_a_quote()
    {
        for (var type = 0; type < 256; type++)
        {
            var (v4, v6) = (type is 0 or 8, type is 128 or 129);
            var packet4 = PacketBuilder.Icmp(InetAddress.Parse(Client4), InetAddress.Parse(Remote4), (byte)type);
            var packet6 = PacketBuilder.Icmp(InetAddress.Parse(Client6), InetAddress.Parse(Remote6), (byte)type);
            Assert.Equal(v4 ? DropReason.None : type is 3 or 11 or 12 ? DropReason.BadQuote : DropReason.UnsupportedIcmp, Parse(packet4));
            Assert.Equal(v6 ? DropReason.None : type is >= 1 and <= 4 ? DropReason.BadQuote : DropReason.UnsupportedIcmp, Parse(packet6));
        }
    }

    [Fact]
    public void Packet_should_pass_for_one_of_the_same_flow_only_when_parsing_it_says_the_same()
    {
        var alike = 0;
        var change = Gen.Select(Gen.Int[0, 47], Gen.Byte);
        Gen.Select(PacketGen.Any, change.Array[0, 2], Gen.Bool).Sample((first, changes, mended) =>
        {
            var before = PacketParser.Parse(first, out var flow);
            if (before is not (DropReason.None or DropReason.Fragment)) return;
            var second = first.ToArray();
            foreach (var (at, value) in changes) second[at % second.Length] = value;
            if (mended && second[0] >> 4 == 4) PacketBuilder.RefreshHeaderChecksum(second);

            if (!PacketParser.IsOfSameFlow(first, second)) return;

            Interlocked.Increment(ref alike);
            Assert.Equal((DropReason.None, DropReason.None), (before, PacketParser.Parse(second, out var key)));
            Assert.Equal(flow, key);
        }, iter: 50_000);
        Assert.True(alike > 1000, $"only {alike} pairs were alike");
    }

    [Fact]
    public void Fragment_should_pass_for_nothing_of_the_same_flow()
    {
        var whole = Udp4();
        var later = Altered(Udp4(), packet => packet[7] = 1);
        Assert.False(PacketParser.IsOfSameFlow(later, whole));
        Assert.False(PacketParser.IsOfSameFlow(whole, later));
    }

    [Fact]
    public void Parser_should_never_throw() => PacketGen.Any.Sample(bytes => Parse(bytes) is >= DropReason.None, iter: 20_000);

    [Fact]
    public void Parser_should_allocate_nothing()
    {
        byte[][] packets = [Udp4(), Udp6(), PacketBuilder.EchoRequest(Client6, Remote6, 1), [.. Udp4(), 0], [0x50]];
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            foreach (var packet in packets) PacketParser.Parse(packet, out _);
        }));
    }
}
