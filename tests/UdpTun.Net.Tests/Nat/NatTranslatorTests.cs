using System.Buffers.Binary;
using CsCheck;
using PacketDotNet;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Nat;

public sealed class NatTranslatorTests
{
    private sealed record Case(FlowKey Flow, InetEndpoint Outer, byte[] Payload)
    {
        public FlowKey Outside => Flow with { Source = Outer };

        public FlowKey Answer => Outside.Reversed();

        public FlowKey AnswerInside => Flow.Reversed();
    }

    // An outer identifier is never 0: the allocator's range begins at 1.
    private static readonly Gen<Case> Cases = PacketGen.Flow.SelectMany(flow =>
        Gen.Select(PacketGen.Endpoint(flow.Source.Address.IsV4), PacketGen.Payload, (outer, payload) =>
            new Case(flow, outer with { Port = Math.Max(outer.Port, (ushort)1) }, payload)))
        .Where(c => c.Flow.Protocol is IpProtocol.Tcp or IpProtocol.Udp || c.Flow.Source.Port != 0);

    private static void Out(byte[] packet, Case c, bool pending = false) =>
        NatTranslator.RewriteSource(packet, PlainChecksum.TransportAt(packet), c.Flow.Protocol, c.Flow.Source, c.Outer, pending);

    private static void In(byte[] packet, Case c, bool pending = false) =>
        NatTranslator.RewriteDestination(packet, PlainChecksum.TransportAt(packet), c.Flow.Protocol, c.Outer, c.Flow.Source, pending);

    private static bool Matches(byte[] packet, FlowKey key) =>
        NatTranslator.Match(packet, key.Protocol, key.Source, key.Destination) != NatTranslator.NoMatch;

    [Fact]
    public void Outbound_should_equal_the_packet_built_with_the_outer_source() => Cases.Sample(c =>
    {
        var packet = PacketGen.Build(c.Flow, c.Payload);
        Out(packet, c);
        Assert.Equal(PacketGen.Build(c.Outside, c.Payload), packet);
    });

    [Fact]
    public void Inbound_should_equal_the_packet_built_with_the_inner_destination() => Cases.Sample(c =>
    {
        var packet = PacketGen.Build(c.Answer, c.Payload);
        In(packet, c);
        Assert.Equal(PacketGen.Build(c.AnswerInside, c.Payload), packet);
    });

    [Fact]
    public void Translation_and_its_reverse_should_be_the_identity_even_for_wrong_checksums() =>
        Gen.Select(Cases, Gen.UShort[1, 0xFFFE]).Sample((c, checksum) =>
        {
            var packet = PacketGen.Build(c.Flow, c.Payload);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(PlainChecksum.ChecksumAt(packet)), checksum);
            var before = packet.ToArray();
            Out(packet, c);
            NatTranslator.RewriteSource(packet, PlainChecksum.TransportAt(packet), c.Flow.Protocol, c.Outer, c.Flow.Source, false);
            Assert.Equal(before, packet);
        });

    [Fact]
    public void Wrong_transport_checksum_should_stay_wrong() => Gen.Select(Cases, Gen.UShort).Sample((c, checksum) =>
    {
        var packet = PacketGen.Build(c.Flow, c.Payload);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(PlainChecksum.ChecksumAt(packet)), checksum);
        var wasIntact = PlainChecksum.IsIntact(packet);
        Out(packet, c);
        Assert.Equal(wasIntact, PlainChecksum.IsIntact(packet));
    });

    [Fact]
    public void Pending_checksum_should_become_the_pseudo_header_s_sum_of_the_new_addresses() => Cases.Sample(c =>
    {
        // ICMPv4 has no pseudo-header: the field is 0 until the checksum is made.
        var packet = PacketBuilder.WithPendingChecksum(PacketGen.Build(c.Flow, c.Payload));
        Out(packet, c, pending: true);
        Assert.Equal(PacketBuilder.WithPendingChecksum(PacketGen.Build(c.Outside, c.Payload)), packet);

        packet = PacketBuilder.WithPendingChecksum(PacketGen.Build(c.Answer, c.Payload));
        In(packet, c, pending: true);
        Assert.Equal(PacketBuilder.WithPendingChecksum(PacketGen.Build(c.AnswerInside, c.Payload)), packet);
    });

    [Fact]
    public void UDP_without_checksum_should_stay_without() => Cases.Where(c => c.Flow.Protocol == IpProtocol.Udp).Sample(c =>
    {
        var packet = PacketBuilder.WithoutChecksum(PacketGen.Build(c.Flow, c.Payload));
        Out(packet, c);
        Assert.Equal(PacketBuilder.WithoutChecksum(PacketGen.Build(c.Outside, c.Payload)), packet);
    });

    [Theory]
    [InlineData(IpProtocol.Udp)]
    [InlineData(IpProtocol.Tcp)]
    public void Both_zeros_should_come_out_right_whatever_the_checksum(IpProtocol protocol)
    {
        // Two payload bytes run through every checksum there is, 0 and 0xFFFF included.
        var c = new Case(
            new FlowKey(protocol, PacketBuilder.Endpoint("10.61.0.2:5000"), PacketBuilder.Endpoint("203.0.113.1:53")),
            PacketBuilder.Endpoint("192.168.61.123:20000"), []);
        var zeros = 0;
        for (var word = 0; word <= 0xFFFF; word++)
        {
            byte[] payload = [(byte)(word >> 8), (byte)word];
            var packet = PacketGen.Build(c.Flow, payload);
            Out(packet, c);
            var expected = PacketGen.Build(c.Outside, payload);
            Assert.True(packet.AsSpan().SequenceEqual(expected), $"payload {word:x4}");
            if (BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(PlainChecksum.ChecksumAt(packet))) is 0 or 0xFFFF) zeros++;
        }

        Assert.NotEqual(0, zeros);
    }

    // PacketDotNet reads what is sent to these ports as protocols of their own (Wake-on-LAN, DHCP, DRDA, L2TP, VXLAN) and throws where it is not.
    private static readonly ushort[] PortsThatAreDecoded = [7, 9, 67, 68, 446, 1701, 4789];

    [Fact]
    public void Translated_packets_should_satisfy_PacketDotNet() => Cases.Where(c =>
        !PortsThatAreDecoded.Contains(c.Flow.Destination.Port) && !PortsThatAreDecoded.Contains(c.Outer.Port)).Sample(c =>
    {
        var bytes = PacketGen.Build(c.Flow, c.Payload);
        Out(bytes, c);
        var ip = Packet.ParsePacket(LinkLayers.Raw, bytes).Extract<IPPacket>();
        Assert.Equal(c.Outer.Address.ToIPAddress(), ip.SourceAddress);
        if (ip is IPv4Packet v4) Assert.True(v4.ValidIPChecksum);
        if (ip.PayloadPacket is TransportPacket transport)
        {
            Assert.Equal(c.Outer.Port, transport.SourcePort);
            Assert.Equal(c.Flow.Destination.Port, transport.DestinationPort);
            Assert.True(transport.IsValidChecksum(TransportPacket.TransportChecksumOption.IncludePseudoIPHeader));
        }
        else if (ip.PayloadPacket is IcmpV4Packet icmp)
        {
            Assert.Equal(c.Outer.Port, icmp.Id);
        }
    });

    [Fact]
    public void Super_packet_should_be_translated_like_a_packet()
    {
        var c = new Case(NatFixture.Tcp("10.61.0.2:5000"), PacketBuilder.Endpoint("192.168.61.123:20000"), new byte[65535 - 40]);
        var packet = PacketBuilder.WithPendingChecksum(PacketGen.Build(c.Flow, c.Payload));
        Out(packet, c, pending: true);
        Assert.Equal(PacketBuilder.WithPendingChecksum(PacketGen.Build(c.Outside, c.Payload)), packet);
    }

    [Fact]
    public void Match_should_be_what_the_parser_says_of_any_bytes() => Gen.Select(PacketGen.Any, PacketGen.Flow).Sample((packet, other) =>
    {
        var parsed = PacketParser.Parse(packet, out var key) == DropReason.None;
        Assert.False(Matches(packet, other) && parsed && key != other);
        var isAnswerToZero = key.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 && key.Source.Port == 0 && key.Destination.Port == 0;
        if (parsed && !isAnswerToZero) Assert.True(Matches(packet, key));
    }, iter: 20_000);

    [Fact]
    public void Match_should_take_an_echo_request_with_identifier_0_and_no_reply_with_it()
    {
        PacketParser.Parse(PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.1", 0), out var key);
        Assert.True(Matches(PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.1", 0), key));
        Assert.False(Matches(PacketBuilder.EchoReply("10.61.0.2", "203.0.113.1", 0), key));
    }

    [Fact]
    public void Match_should_refuse_options()
    {
        var key = NatFixture.Udp("10.61.0.2:5000");
        var packet = PacketGen.Build(key, [1, 2, 3, 4]);
        packet[0] = 0x46;
        Assert.False(Matches(packet, key));
    }

    [Fact]
    public void Match_should_find_the_transport_behind_extension_headers()
    {
        var key = NatFixture.Key(IpProtocol.Udp, "[fd61::2]:5000", "[2001:db8::1]:80");
        var packet = PacketBuilder.WithExtensions(PacketGen.Build(key, [1, 2, 3, 4]), (0, 8), (60, 16));
        Assert.Equal(40 + 24, NatTranslator.Match(packet, key.Protocol, key.Source, key.Destination));
    }

    [Fact]
    public void Translated_fragments_should_make_up_the_translated_packet() => Gen.Select(Cases, Gen.Byte.Array[100, 400]).Sample((c, payload) =>
    {
        var packet = PacketGen.Build(c.Flow, payload);
        var fragments = Fragmenter.Cut(packet, 40, 7);
        foreach (var fragment in fragments)
        {
            var transport = NatTranslator.Match(fragment, c.Flow.Protocol, c.Flow.Source, c.Flow.Destination);
            Assert.Equal(fragment != fragments[0], transport == NatTranslator.LaterFragment);
            NatTranslator.RewriteSource(fragment, transport, c.Flow.Protocol, c.Flow.Source, c.Outer, checksumPending: false);
        }

        var expected = PacketGen.Build(c.Outside, payload);
        Assert.Equal(Fragmenter.Join(Fragmenter.Cut(expected, 40, 7)), Fragmenter.Join(fragments));
    });

    [Fact]
    public void Translator_should_allocate_nothing()
    {
        var flow = NatFixture.Key(IpProtocol.Tcp, "[fd61::2]:5000", "[2001:db8::1]:80");
        var c = new Case(flow, PacketBuilder.Endpoint("[fd61::123]:20000"), new byte[100]);
        var packet = PacketGen.Build(flow, c.Payload, TcpFlags.Syn);
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            Out(packet, c);
            NatTranslator.RewriteSource(packet, IpHeader.V6Length, flow.Protocol, c.Outer, flow.Source, false);
        }));
    }
}
