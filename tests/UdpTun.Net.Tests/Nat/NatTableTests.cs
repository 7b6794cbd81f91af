using CsCheck;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

public sealed class NatTableTests
{
    private static readonly FlowKey Echo = Key(IpProtocol.Icmp, "10.61.0.2:7", "203.0.113.1:0");

    private readonly NatTable _table = Table();

    [Fact]
    public void Session_should_be_found_by_its_number_as_long_as_it_is_open()
    {
        var table = Table();
        var (first, second) = (table.Open(Alice, Udp("10.61.0.2:1")), table.Open(Bob, Udp("10.61.0.2:1")));
        Assert.True(table.TryFind(second.Id, out var found));
        Assert.Same(second, found);
        table.Close(second, default);
        Assert.False(table.TryFind(second.Id, out _));
        Assert.True(table.TryFind(first.Id, out _));
    }

    [Fact]
    public void Session_should_be_found_from_both_sides()
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:25000"));
        Assert.True(_table.TryFindOutbound(Alice, Udp("10.61.0.2:25000"), out var outbound));
        Assert.True(_table.TryFindInbound(session.InboundFlow, out var inbound));
        Assert.Same(session, outbound);
        Assert.Same(session, inbound);
        Assert.Equal(PacketBuilder.Endpoint("192.168.61.123:25000"), session.Mapping.Outer);
        Assert.Equal("udp-1", session.Name);
    }

    [Fact]
    public void Mapping_should_be_the_same_whatever_the_remote()
    {
        var first = _table.Open(Alice, Udp("10.61.0.2:5000", "203.0.113.1:53"));
        var second = _table.Open(Alice, Udp("10.61.0.2:5000", "203.0.113.2:53"));
        Assert.NotSame(first, second);
        Assert.Same(first.Mapping, second.Mapping);
        Assert.Equal((1, 2), (_table.MappingCount, first.Mapping.Sessions));
    }

    [Fact]
    public void Clients_with_equal_inner_endpoints_should_have_outer_endpoints_of_their_own()
    {
        var flows = new[] { Udp("10.61.0.2:25000"), Tcp("10.61.0.2:25000"), Echo };
        foreach (var flow in flows)
        {
            var alice = _table.Open(Alice, flow);
            var bob = _table.Open(Bob, flow);
            Assert.NotEqual(alice.Mapping.Outer, bob.Mapping.Outer);
            Assert.True(_table.TryFindInbound(alice.InboundFlow, out var found));
            Assert.Same(alice, found);
            Assert.True(_table.TryFindInbound(bob.InboundFlow, out found));
            Assert.Same(bob, found);
        }
    }

    [Fact]
    public void Protocols_and_families_should_not_share_a_range()
    {
        var table = Table(Policy with { Ports = new PortRange(30000, 30000) });
        foreach (var key in new[]
        {
            Udp("10.61.0.2:1"), Tcp("10.61.0.2:1"), Echo, Udp("[fd61::2]:1", "[2001:db8::1]:53"),
            Tcp("[fd61::2]:1", "[2001:db8::1]:80"), Key(IpProtocol.IcmpV6, "[fd61::2]:1", "[2001:db8::1]:0"),
        }) Assert.Equal(30000, table.Open(Alice, key).Mapping.Outer.Port);
    }

    [Theory]
    [InlineData("203.0.113.2:53")]
    [InlineData("203.0.113.1:54")]
    public void Stranger_should_not_get_in_through_a_mapping(string stranger)
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        Assert.False(_table.TryFindInbound(session.InboundFlow with { Source = PacketBuilder.Endpoint(stranger) }, out _));
    }

    [Fact]
    public void Client_should_not_find_another_s_session()
    {
        _table.Open(Alice, Udp("10.61.0.2:5000"));
        Assert.False(_table.TryFindOutbound(Bob, Udp("10.61.0.2:5000"), out _));
    }

    [Fact]
    public void Opening_twice_should_give_the_same_session()
    {
        Assert.Same(_table.Open(Alice, Echo), _table.Open(Alice, Echo));
        Assert.Equal(1, _table.SessionCount);
    }

    private void AssertRefused(NatTable table, PeerId client, FlowKey key, DropReason expected)
    {
        var (sessions, mappings, quota) = (table.SessionCount, table.MappingCount, table.SessionsOf(client));
        Assert.Equal(expected, table.TryOpen(client, key, default, out _));
        Assert.Equal((sessions, mappings, quota), (table.SessionCount, table.MappingCount, table.SessionsOf(client)));
        Assert.False(table.TryFindOutbound(client, key, out _));
    }

    [Fact]
    public void Answer_to_nobody_should_open_nothing()
    {
        AssertRefused(_table, Alice, Key(IpProtocol.Icmp, "10.61.0.2:0", "203.0.113.1:7"), DropReason.NoSession);
        AssertRefused(_table, Alice, Key(IpProtocol.IcmpV6, "[fd61::2]:0", "[2001:db8::1]:7"), DropReason.NoSession);
    }

    [Fact]
    public void Link_local_source_should_open_nothing()
    {
        AssertRefused(_table, Alice, Udp("169.254.1.1:5"), DropReason.MartianAddress);
        AssertRefused(_table, Alice, Udp("[fe80::1]:5", "[2001:db8::1]:53"), DropReason.MartianAddress);
    }

    [Fact]
    public void Family_without_outer_address_should_open_nothing()
    {
        AssertRefused(Table(Policy with { OuterV6 = [] }), Alice, Udp("[fd61::2]:1", "[2001:db8::1]:53"), DropReason.NoOuterAddress);
        AssertRefused(Table(Policy with { OuterV4 = [] }), Alice, Udp("10.61.0.2:1"), DropReason.NoOuterAddress);
    }

    [Fact]
    public void Key_of_no_protocol_should_open_nothing() => AssertRefused(_table, Alice, default, DropReason.UnsupportedProtocol);

    [Fact]
    public void Quota_should_bind_each_client_for_itself_and_free_with_each_session()
    {
        var table = Table(Policy with { MaxSessionsPerClient = 2 });
        var first = table.Open(Alice, Udp("10.61.0.2:1"));
        table.Open(Alice, Tcp("10.61.0.2:1"));
        AssertRefused(table, Alice, Udp("10.61.0.2:2"), DropReason.TooManySessions);
        table.Open(Bob, Udp("10.61.0.2:2"));
        table.Close(first, default);
        table.Open(Alice, Udp("10.61.0.2:2"));
        Assert.Equal((2, 1), (table.SessionsOf(Alice), table.SessionsOf(Bob)));
    }

    [Fact]
    public void Ports_of_a_client_should_be_bound_by_a_quota_of_their_own_and_its_sessions_not_by_it()
    {
        var table = Table(Policy with { MaxMappingsPerClient = 2 });
        var first = table.Open(Alice, Udp("10.61.0.2:1"));
        table.Open(Alice, Tcp("10.61.0.2:1"));
        AssertRefused(table, Alice, Udp("10.61.0.2:2"), DropReason.TooManyMappings);
        table.Open(Alice, Tcp("10.61.0.2:1", "203.0.113.2:80"));
        table.Open(Bob, Udp("10.61.0.2:2"));
        table.Close(first, default);
        table.Open(Alice, Udp("10.61.0.2:2"));
        Assert.Equal((2, 1), (table.MappingsOf(Alice), table.MappingsOf(Bob)));
    }

    [Fact]
    public void Freed_port_should_rest_from_everybody_but_its_last_owner()
    {
        var second = TimeSpan.FromSeconds(1);
        var table = Table(Policy with { Ports = new PortRange(20000, 20000), PortRest = 120 * second });
        table.Close(table.Open(Alice, Udp("10.61.0.2:1")), second);
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Bob, Udp("10.61.0.2:1"), 120 * second, out _));
        table.Close(table.Open(Alice, Udp("10.61.0.2:1"), 120 * second), 121 * second);
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Alice, Udp("10.61.0.2:2"), 240 * second, out _));
        Assert.Equal(20000, table.Open(Bob, Udp("10.61.0.2:1"), 241 * second).Mapping.Outer.Port);
    }

    [Fact]
    public void Parity_should_be_kept_for_UDP_when_the_policy_says_so()
    {
        var table = Table(Policy with { PortParity = true, PortSelection = PortSelection.Random });
        for (var port = 1; port <= 100; port++) Assert.Equal(port % 2, table.Open(Alice, Udp($"10.61.0.2:{port}")).Mapping.Outer.Port % 2);
    }

    [Fact]
    public void Exhausted_ports_should_refuse_new_mappings_and_not_new_sessions()
    {
        var table = Table(Policy with { Ports = new PortRange(20000, 20001) });
        var first = table.Open(Alice, Udp("10.61.0.2:1"));
        table.Open(Bob, Udp("10.61.0.2:1"));
        AssertRefused(table, Alice, Udp("10.61.0.2:2"), DropReason.PortsExhausted);
        var second = table.Open(Alice, Udp("10.61.0.2:1", "203.0.113.2:53"));
        table.Close(first, default);
        AssertRefused(table, Alice, Udp("10.61.0.2:2"), DropReason.PortsExhausted);
        table.Close(second, default);
        Assert.Equal(first.Mapping.Outer, table.Open(Alice, Udp("10.61.0.2:2")).Mapping.Outer);
    }

    [Fact]
    public void Close_should_leave_nothing_behind_and_be_harmless_twice()
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        _table.Close(session, default);
        _table.Close(session, default);
        Assert.False(session.IsOpen);
        Assert.False(_table.TryFindOutbound(Alice, Udp("10.61.0.2:5000"), out _));
        Assert.False(_table.TryFindInbound(session.InboundFlow, out _));
        Assert.Equal((0, 0, 0), (_table.SessionCount, _table.MappingCount, _table.SessionsOf(Alice)));
        Assert.NotEqual(session.Id, _table.Open(Alice, Udp("10.61.0.2:5000")).Id);
    }

    [Fact]
    public void Sessions_should_be_listed_in_order_and_may_be_closed_on_the_way()
    {
        for (var i = 0; i < 10; i++) _table.Open(i % 2 == 0 ? Alice : Bob, Udp($"10.61.0.2:{i + 1}"));
        Assert.Equal(Enumerable.Range(1, 10), _table.Sessions.Select(session => (int)session.Id.Value));
        foreach (var session in _table.Sessions)
            if (session.Mapping.Client == Alice) _table.Close(session, default);
        Assert.Equal([2, 4, 6, 8, 10], _table.Sessions.Select(session => (int)session.Id.Value));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 9)]
    public void Table_should_refuse_a_range_that_is_none(int first, int last) =>
        Assert.Throws<ArgumentException>(() => Table(Policy with { Ports = new PortRange((ushort)first, (ushort)last) }));

    [Fact]
    public void Table_should_equal_its_plain_twin_for_any_sequence()
    {
        var key = Gen.Select(Gen.Int[1, 2], Gen.OneOf(IpProtocol.Tcp, IpProtocol.Udp), Gen.Int[1, 4], Gen.Int[1, 3]);
        var step = Gen.Select(Gen.Int[0, 3], key);
        Gen.Select(Gen.Int, step.Array[0, 200]).Sample((seed, steps) =>
        {
            var table = Table(Policy with { Ports = new PortRange(1, 6), MaxSessionsPerClient = 8 }, seed);
            var open = new Dictionary<(PeerId, FlowKey), NatSession>();
            foreach (var (action, (client, protocol, inner, remote)) in steps)
            {
                var peer = new PeerId(client);
                var flow = Key(protocol, $"10.61.0.2:{inner}", $"203.0.113.{remote}:80");
                if (action > 0)
                {
                    var expected = Expected(open, peer, flow);
                    Assert.Equal(expected, table.TryOpen(peer, flow, default, out var session));
                    if (expected == DropReason.None) open[(peer, flow)] = session;
                }
                else if (open.Remove((peer, flow), out var session))
                {
                    table.Close(session, default);
                }

                AssertLikeTwin(table, open);
            }
        }, iter: 300);
    }

    private static DropReason Expected(Dictionary<(PeerId Client, FlowKey Flow), NatSession> open, PeerId client, FlowKey flow)
    {
        if (open.ContainsKey((client, flow))) return DropReason.None;
        if (open.Keys.Count(key => key.Client == client) >= 8) return DropReason.TooManySessions;
        if (open.Keys.Any(key => key.Client == client && key.Flow.Protocol == flow.Protocol && key.Flow.Source == flow.Source)) return DropReason.None;
        var mappings = open.Keys.Where(key => key.Flow.Protocol == flow.Protocol).Select(key => (key.Client, key.Flow.Source)).Distinct().Count();
        return mappings >= 6 ? DropReason.PortsExhausted : DropReason.None;
    }

    private static void AssertLikeTwin(NatTable table, Dictionary<(PeerId Client, FlowKey Flow), NatSession> open)
    {
        Assert.Equal(open.Count, table.SessionCount);
        Assert.Equal(open.Values.Select(session => session.Mapping).Distinct().Count(), table.MappingCount);
        Assert.Equal(open.Values.Select(s => s.Mapping).Distinct().Count(), open.Values.Select(s => (s.Mapping.Protocol, s.Mapping.Outer)).Distinct().Count());
        foreach (var ((client, flow), session) in open)
        {
            Assert.True(table.TryFindOutbound(client, flow, out var found) && found == session);
            Assert.True(table.TryFindInbound(session.InboundFlow, out found) && found == session);
        }
    }

    [Fact]
    public void Finding_should_allocate_nothing()
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        var (outbound, inbound) = (Udp("10.61.0.2:5000"), session.InboundFlow);
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            _table.TryFindOutbound(Alice, outbound, out _);
            _table.TryFindOutbound(Bob, outbound, out _);
            _table.TryFindInbound(inbound, out _);
            _table.TryFindInbound(outbound, out _);
        }));
    }
}
