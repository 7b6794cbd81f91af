using CsCheck;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Nat;

public sealed class IcmpErrorTranslatorTests
{
    // An error of a router in the middle about a packet of the flow, quoted up to QuoteLength bytes behind the 8 that are always there.
    private sealed record Case(FlowKey Flow, InetEndpoint Outer, InetAddress Router, byte[] Payload, byte Type, int QuoteLength)
    {
        public NatMapping Mapping => new(NatFixture.Alice, Flow.Protocol, Flow.Source, Outer) { OpenedBy = NatFixture.Policy };

        public FlowKey Outside => Flow with { Source = Outer };

        public byte[] About(FlowKey quoted, InetAddress router) => Error(router, Cut(PacketGen.Build(quoted, Payload)), Type);

        private byte[] Cut(byte[] packet) => packet[..Math.Min(packet.Length, (Flow.Source.Address.IsV4 ? 28 : 48) + QuoteLength)];
    }

    private static readonly Gen<Case> Cases = PacketGen.Flow.SelectMany(flow =>
    {
        var v4 = flow.Source.Address.IsV4;
        return Gen.Select(PacketGen.Endpoint(v4), PacketGen.Address(v4), PacketGen.Payload,
            v4 ? Gen.OneOf(new byte[] { 3, 11, 12 }) : Gen.OneOf(new byte[] { 1, 2, 3, 4 }), Gen.Int[0, 100], (outer, router, payload, type, length) =>
                new Case(flow, outer with { Port = Math.Max(outer.Port, (ushort)1) }, router, payload, type, length));
    }).Where(c => c.Flow.Protocol is IpProtocol.Tcp or IpProtocol.Udp || c.Flow.Source.Port != 0)
        .Where(c => c.Flow.Protocol != IpProtocol.Tcp || c.QuoteLength != 9); // half a checksum cannot be updated: it stays as it was

    /// <summary>An intact error to the sender of the quote; 1280 stands where packet too big has its MTU.</summary>
    private static byte[] Error(InetAddress router, byte[] quote, byte type)
    {
        var v4 = quote[0] >> 4 == 4;
        var sender = InetAddress.FromBytes(v4 ? quote.AsSpan(12, 4) : quote.AsSpan(8, 16));
        return PacketBuilder.Icmp(router, sender, type, sequence: 1280, payload: quote);
    }

    private static DropReason In(byte[] packet, Case c, bool pending = false) =>
        IcmpErrorTranslator.Inbound(packet, c.Mapping, c.Flow.Destination, pending);

    private static DropReason Out(byte[] packet, Case c, bool pending = false) =>
        IcmpErrorTranslator.Outbound(packet, c.Mapping, c.Flow.Destination, pending);

    [Fact]
    public void Error_from_outside_should_equal_one_built_about_the_client_s_own_packet() => Cases.Sample(c =>
    {
        var packet = c.About(c.Outside, c.Router);
        Assert.Equal(DropReason.None, In(packet, c));
        Assert.Equal(c.About(c.Flow, c.Router), packet);
    });

    [Fact]
    public void Error_from_a_client_should_equal_one_built_about_the_remote_s_own_packet() => Cases.Sample(c =>
    {
        var packet = c.About(c.Flow.Reversed(), c.Router);
        Assert.Equal(DropReason.None, Out(packet, c));
        Assert.Equal(c.About(c.Outside.Reversed(), c.Outer.Address), packet);
    });

    [Fact]
    public void Error_should_quote_what_the_client_sent_after_both_translations() => Cases.Sample(c =>
    {
        var sent = PacketGen.Build(c.Flow, c.Payload);
        var quote = sent.ToArray();
        NatTranslator.RewriteSource(quote, PlainChecksum.TransportAt(quote), c.Flow.Protocol, c.Flow.Source, c.Outer, checksumPending: false);
        var packet = Error(c.Router, quote, c.Type);
        Assert.Equal(DropReason.None, In(packet, c));
        Assert.Equal(Error(c.Router, sent, c.Type), packet);
    });

    [Fact]
    public void Error_should_have_the_key_of_the_flow_s_answers() => Cases.Sample(c =>
    {
        Assert.Equal(DropReason.None, PacketParser.Parse(c.About(c.Outside, c.Router), out var key, out var isError));
        Assert.Equal((c.Outside.Reversed(), true), (key, isError));
        Assert.Equal(DropReason.None, PacketParser.Parse(c.About(c.Flow.Reversed(), c.Router), out key, out isError));
        Assert.Equal((c.Flow, true), (key, isError));
    });

    [Fact]
    public void Pending_checksum_should_stay_pending() => Cases.Sample(c =>
    {
        var packet = PacketBuilder.WithPendingChecksum(c.About(c.Outside, c.Router));
        Assert.Equal(DropReason.None, In(packet, c, pending: true));
        Assert.Equal(PacketBuilder.WithPendingChecksum(c.About(c.Flow, c.Router)), packet);
    });

    [Fact]
    public void Error_with_a_wrong_checksum_should_be_refused_untouched() => Cases.Sample(c =>
    {
        var packet = c.About(c.Outside, c.Router);
        packet[^1] ^= 0x10;
        if (PacketParser.Parse(packet, out var key) != DropReason.None || key != c.Outside.Reversed()) return;
        var before = packet.ToArray();
        Assert.Equal(DropReason.BadIcmpChecksum, In(packet, c));
        Assert.Equal(before, packet);
    });

    [Fact]
    public void Error_should_not_touch_the_session()
    {
        foreach (var flow in new[] { NatFixture.Udp("10.61.0.2:5000"), NatFixture.Tcp("10.61.0.2:5000") })
        {
            var session = NatFixture.Table().Open(NatFixture.Alice, flow);
            var before = (session.State, session.LastSeen, session.Inbound.Packets, session.Outbound.Packets);
            var packet = Error(InetAddress.Parse("198.51.100.9"), PacketGen.Build(session.InboundFlow.Reversed(), [1, 2]), 3);
            Assert.Equal(DropReason.None, session.TranslateInbound(packet, false, TimeSpan.FromSeconds(9)));
            packet = Error(flow.Source.Address, PacketGen.Build(flow.Reversed(), [1, 2]), 3);
            Assert.Equal(DropReason.None, session.TranslateOutbound(packet, false, TimeSpan.FromSeconds(9)));
            Assert.Equal(before, (session.State, session.LastSeen, session.Inbound.Packets, session.Outbound.Packets));
        }
    }

    [Fact]
    public void Error_about_another_flow_should_be_refused() => Gen.Select(Cases, Cases).Sample((c, other) =>
    {
        if (c.Outside == other.Outside) return;
        Assert.Equal(DropReason.NoSession, In(other.About(other.Outside, other.Router), c));
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Source_quench_and_redirect_should_be_refused(byte type) => AssertRefused(DropReason.UnsupportedIcmp, _ => { }, type);

    [Fact]
    public void Bad_quotes_should_be_refused_with_their_reason()
    {
        AssertRefused(DropReason.BadQuote, quote => quote[10] ^= 1);
        AssertRefused(DropReason.BadQuote, quote => Set(quote, 3, 27)); // total length
        AssertRefused(DropReason.UnsupportedQuote, quote => Set(quote, 7, 1)); // a later fragment
        AssertRefused(DropReason.UnsupportedQuote, quote => Set(quote, 9, 47)); // GRE
        AssertRefused(DropReason.UnsupportedQuote, quote =>
        {
            Set(quote, 9, 1);
            quote[20] = 3; // an error about an error
        });
        AssertRefused(DropReason.UnsupportedQuote, quote => quote[0] = 0x46);
        AssertRefused(DropReason.None, quote => Set(quote, 6, 0x20)); // the first fragment of several
    }

    [Fact]
    public void Error_that_did_not_go_to_the_quote_s_sender_should_be_refused()
    {
        var quote = PacketBuilder.Udp("192.168.61.123:20000", "203.0.113.1:53");
        var packet = PacketBuilder.Icmp(InetAddress.Parse("198.51.100.9"), InetAddress.Parse("192.168.61.124"), 3, payload: quote);
        Assert.Equal(DropReason.ForeignQuote, PacketParser.Parse(packet, out _));
    }

    [Fact]
    public void Every_shorter_quote_should_be_refused()
    {
        foreach (var quote in new[] { PacketBuilder.Udp("10.61.0.2:1", "203.0.113.1:2"), PacketBuilder.Udp("[fd61::2]:1", "[2001:db8::1]:2") })
        {
            var (source, sender) = quote.Length == 28
                ? (InetAddress.Parse("198.51.100.9"), InetAddress.Parse("10.61.0.2")) : (InetAddress.Parse("2001:db8::9"), InetAddress.Parse("fd61::2"));
            for (var length = 0; length < quote.Length; length++)
                Assert.Equal(DropReason.BadQuote, PacketParser.Parse(PacketBuilder.Icmp(source, sender, 3, payload: quote.AsSpan(0, length)), out _));
        }
    }

    [Fact]
    public void Mutated_errors_should_never_throw() =>
        Gen.Select(Cases, Gen.Select(Gen.UShort, Gen.Byte).Array[1, 4], Gen.UShort, Gen.Bool).Sample((c, changes, length, cut) =>
        {
            foreach (var inbound in new[] { true, false })
            {
                var packet = inbound ? c.About(c.Outside, c.Router) : c.About(c.Flow.Reversed(), c.Router);
                foreach (var (at, value) in changes) packet[at % packet.Length] = value;
                if (cut) packet = packet[..(length % packet.Length)];
                var before = packet.ToArray();
                var pending = length % 2 == 0; // no checksum keeps the mutation from the quote then
                if (packet.Length >= 20 && packet[0] >> 4 == 4) before = PacketBuilder.RefreshHeaderChecksum(packet).ToArray();
                if ((inbound ? In(packet, c, pending) : Out(packet, c, pending)) != DropReason.None) Assert.Equal(before, packet);
            }
        }, iter: 100_000);

    [Fact]
    public void Translation_should_allocate_nothing()
    {
        var c = new Case(NatFixture.Tcp("10.61.0.2:5000"), PacketBuilder.Endpoint("192.168.61.123:20000"),
            InetAddress.Parse("198.51.100.9"), [1, 2, 3], 3, 100);
        var packet = c.About(c.Outside, c.Router);
        var original = packet.ToArray();
        var mapping = c.Mapping;
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            original.CopyTo(packet, 0);
            IcmpErrorTranslator.Inbound(packet, mapping, c.Flow.Destination, false);
        }));
        Assert.NotEqual(original, packet);
    }

    private static void AssertRefused(DropReason reason, Action<byte[]> alter, byte type = 3)
    {
        var quote = PacketBuilder.Udp("192.168.61.123:20000", "203.0.113.1:53", [1, 2, 3]);
        alter(quote);
        Assert.Equal(reason, PacketParser.Parse(Error(InetAddress.Parse("198.51.100.9"), quote, type), out _));
    }

    private static void Set(byte[] quote, int at, byte value)
    {
        quote[at] = value;
        PacketBuilder.RefreshHeaderChecksum(quote);
    }
}
