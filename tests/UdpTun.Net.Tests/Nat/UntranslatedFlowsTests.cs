using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Saving;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

/// <summary>A table that lets some flows leave as they are (RFC 6888 section 4, REQ-6).</summary>
public sealed class UntranslatedFlowsTests
{
    private const string Inner = "10.61.0.2:5000";
    private const string Site = "198.51.100.1:53";
    private const string Internet = "203.0.113.1:53";

    private static readonly NatPolicy Some = Policy with
    {
        Filtering = NatFiltering.Open,
        Untranslated = new UntranslatedFlows([InetPrefix.Parse("10.61.0.0/16")], [InetPrefix.Parse("198.51.100.0/24")]),
    };

    private readonly NatTable _table = Table(Some);

    [Theory]
    [InlineData(IpProtocol.Udp, Site)]
    [InlineData(IpProtocol.Tcp, Site)]
    [InlineData(IpProtocol.Icmp, "198.51.100.1:0")]
    public void Packet_should_leave_and_its_answer_come_back_unchanged(IpProtocol protocol, string remote)
    {
        var flow = Key(protocol, Inner, remote);
        var session = _table.Open(Alice, flow);
        Assert.Equal((session.Mapping.Inner, false), (session.Mapping.Outer, session.Mapping.IsTranslated));
        foreach (var (key, outbound) in new[] { (flow, true), (flow.Reversed(), false) })
        {
            var packet = PacketGen.Build(key, [1, 2, 3], TcpFlags.Ack);
            var before = packet.ToArray();
            Assert.Equal(DropReason.None, outbound ? session.TranslateOutbound(packet, false, default) : session.TranslateInbound(packet, false, default));
            // The IPv4 identification may be made unique; all else is the sender's.
            foreach (var copy in (byte[][])[packet, before]) copy.AsSpan(4, 2).Clear();
            foreach (var copy in (byte[][])[packet, before]) copy.AsSpan(10, 2).Clear();
            Assert.Equal(before, packet);
        }

        Assert.True(_table.TryFindInbound(flow.Reversed(), out var found));
        Assert.Same(session, found);
    }

    [Fact]
    public void One_inner_endpoint_should_leave_untranslated_here_and_translated_there()
    {
        var (site, internet) = (_table.Open(Alice, Udp(Inner, Site)), _table.Open(Alice, Udp(Inner, Internet)));

        Assert.NotEqual(site.Mapping, internet.Mapping);
        Assert.Equal(Some.OuterV4[0], internet.Mapping.Outer.Address);
        _table.Close(internet, default);
        Assert.True(_table.TryFindInbound(site.InboundFlow, out _));
        _table.Close(site, default);
        Assert.Equal((0, 0), (_table.SessionCount, _table.MappingCount));
    }

    [Fact]
    public void Second_client_with_the_same_inner_endpoint_should_be_refused_until_the_first_has_done()
    {
        var first = _table.Open(Alice, Udp(Inner, Site));

        Assert.Equal(DropReason.InnerEndpointTaken, _table.TryOpen(Bob, Udp(Inner, "198.51.100.2:53"), default, out _));
        Assert.Equal((1, 0), (_table.MappingCount, _table.MappingsOf(Bob)));
        _table.Open(Bob, Udp("10.61.0.2:5001", Site));
        _table.Open(Bob, Tcp(Inner, Site));

        _table.Close(first, default);
        _table.Open(Bob, Udp(Inner, Site));
    }

    [Fact]
    public void Source_that_the_network_has_no_way_back_to_should_be_refused()
    {
        Assert.Equal(DropReason.UnroutedSource, _table.TryOpen(Alice, Udp("10.62.0.2:5000", Site), default, out _));
        Assert.Equal(0, _table.MappingCount);
        _table.Open(Alice, Udp("10.62.0.2:5000", Internet));
    }

    [Fact]
    public void Strangers_should_come_in_by_the_mapping_that_the_answer_would_leave_by()
    {
        var (site, internet) = (_table.Open(Alice, Udp(Inner, Site)), _table.Open(Alice, Udp(Inner, Internet)));

        Assert.Equal(DropReason.None, Accept("198.51.100.9:9", site));
        Assert.Equal(DropReason.None, Accept("203.0.113.9:9", internet));
        Assert.Equal(DropReason.Filtered, Accept("203.0.113.8:9", site));
        Assert.Equal(DropReason.Filtered, Accept("198.51.100.8:9", internet));

        DropReason Accept(string stranger, NatSession to)
        {
            var key = new FlowKey(IpProtocol.Udp, PacketBuilder.Endpoint(stranger), to.Mapping.Outer);
            return _table.TryAccept(PacketGen.Build(key, []), key, default, out _);
        }
    }

    [Fact]
    public void Saved_session_should_come_back_as_it_left_or_not_at_all()
    {
        var (outer, inner) = (PacketBuilder.Endpoint("192.168.61.123:20000"), PacketBuilder.Endpoint(Inner));
        var saved = new SavedSession(
            "10.9.0.1:40000", IpProtocol.Udp, inner, inner, PacketBuilder.Endpoint(Site), false, 3, default, default);

        Assert.Equal(DropReason.PortsExhausted, Table(Policy).Restore(Alice, saved, default, default)); // nothing leaves untranslated any more
        Assert.Equal(DropReason.PortsExhausted, _table.Restore(Alice, saved with { Outer = outer }, default, default)); // it was translated then
        Assert.Equal(DropReason.None, _table.Restore(Alice, saved, default, default));
        Assert.Equal(DropReason.PortsExhausted, _table.Restore(Bob, saved, default, default));
        Assert.False(Assert.Single(_table.Sessions).Mapping.IsTranslated);
    }

    [Fact]
    public void Outer_address_should_not_be_among_the_inner_ones()
    {
        var everything = new UntranslatedFlows([InetPrefix.Parse("192.168.0.0/16")], []);

        Assert.Throws<ArgumentException>(() => Table(Policy with { Untranslated = everything }));
    }
}
