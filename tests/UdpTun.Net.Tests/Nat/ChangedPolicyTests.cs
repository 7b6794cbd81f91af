using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

/// <summary>A table whose policy changes while sessions are open: none of them ends for it.</summary>
public sealed class ChangedPolicyTests
{
    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static int Swept(NatTable table, double now)
    {
        List<NatSession> ended = [];
        Assert.True(table.Sweep(At(now), 1000, ended));
        return ended.Count;
    }

    private static DropReason Accept(NatTable table, NatSession known, string remote, out NatSession session)
    {
        var flow = new FlowKey(IpProtocol.Udp, PacketBuilder.Endpoint(remote), known.Mapping.Outer);
        return table.TryAccept(PacketGen.Build(flow, [1], default), flow, default, out session);
    }

    [Fact]
    public void Timers_should_hold_for_open_sessions_from_the_next_sweep_on()
    {
        var table = Table(Policy with { Timeouts = Policy.Timeouts with { Udp = At(300) } });
        var session = table.Open(Alice, Udp("10.61.0.2:5000"));
        Assert.Equal(0, Swept(table, 299));
        table.Use(table.Policy with { Timeouts = Policy.Timeouts with { Udp = At(400) } }, At(299));
        Assert.Equal((0, At(400)), (Swept(table, 399), session.IdleTimeout));
        table.Use(table.Policy with { Timeouts = Policy.Timeouts with { Udp = At(10) } }, At(399));
        Assert.Equal(1, Swept(table, 399.5));
    }

    [Theory]
    [InlineData(Filtering.AddressAndPortDependent, Filtering.EndpointIndependent, DropReason.Filtered, DropReason.None)]
    [InlineData(Filtering.EndpointIndependent, Filtering.AddressAndPortDependent, DropReason.None, DropReason.Filtered)]
    [InlineData(Filtering.EndpointIndependent, Filtering.AddressDependent, DropReason.None, DropReason.Filtered)]
    [InlineData(Filtering.AddressDependent, Filtering.EndpointIndependent, DropReason.Filtered, DropReason.None)]
    public void Strangers_should_meet_the_new_filter_at_an_old_mapping(Filtering before, Filtering after, DropReason first, DropReason then)
    {
        var table = Table(Policy with { Filtering = new NatFiltering(before, before) });
        var session = table.Open(Alice, Udp("10.61.0.2:5000"));
        Assert.Equal(first, Accept(table, session, "198.51.100.1:7", out _));
        table.Use(table.Policy with { Filtering = new NatFiltering(after, after) }, default);
        Assert.Equal(then, Accept(table, session, "198.51.100.2:7", out _));
        Assert.True(session.IsOpen);
    }

    [Fact]
    public void Addresses_that_open_sessions_talk_to_should_be_known_to_an_address_dependent_filter()
    {
        var table = Table(Policy with { Filtering = NatFiltering.Strict });
        var session = table.Open(Alice, Udp("10.61.0.2:5000", "203.0.113.1:53"));
        table.Use(table.Policy with { Filtering = new NatFiltering(Filtering.AddressDependent, Filtering.AddressDependent) }, default);
        Assert.Equal(DropReason.None, Accept(table, session, "203.0.113.1:99", out var other));
        table.Close(other, default);
        table.Close(session, default);
        session = table.Open(Alice, Udp("10.61.0.2:5000", "203.0.113.2:53"));
        Assert.Equal(DropReason.Filtered, Accept(table, session, "203.0.113.1:99", out _));
    }

    [Fact]
    public void Quotas_should_bound_new_flows_alone()
    {
        var table = Table(Policy with { MaxSessionsPerClient = 3, Filtering = NatFiltering.Open });
        foreach (var port in new[] { 1, 2, 3 }) table.Open(Alice, Udp($"10.61.0.2:{port}"));
        table.Use(table.Policy with { MaxSessionsPerClient = 2 }, default);
        Assert.Equal((3, DropReason.TooManySessions), (table.SessionCount, table.TryOpen(Alice, Udp("10.61.0.2:4"), default, out _)));
        table.Use(table.Policy with { MaxSessionsPerClient = 10, MaxMappingsPerClient = 4, MaxPercentFromOutside = 10 }, default);
        var session = table.Open(Alice, Udp("10.61.0.2:4"));
        Assert.Equal(DropReason.TooManyMappings, table.TryOpen(Alice, Udp("10.61.0.2:5"), default, out _));
        Assert.Equal(DropReason.None, Accept(table, session, "198.51.100.1:1", out _));
        Assert.Equal(DropReason.TooManySessionsFromOutside, Accept(table, session, "198.51.100.1:2", out _));
    }

    [Fact]
    public void Ports_should_be_chosen_in_the_new_way()
    {
        var table = Table(Policy with { PortSelection = PortSelection.Random });
        var first = table.Open(Alice, Udp("10.61.0.2:25000")).Mapping;
        table.Use(table.Policy with { PortSelection = PortSelection.Preserve }, default);
        Assert.Equal(25001, table.Open(Alice, Udp("10.61.0.2:25001")).Mapping.Outer.Port);
        table.Use(table.Policy with { PortSelection = PortSelection.Random, PortParity = true }, default);
        foreach (var port in Enumerable.Range(5000, 40)) Assert.Equal(port % 2, table.Open(Alice, Udp($"10.61.0.2:{port}")).Mapping.Outer.Port % 2);
        Assert.Equal(first, table.Open(Alice, Udp("10.61.0.2:25000", "203.0.113.9:53")).Mapping);
    }

    [Fact]
    public void Ports_at_rest_should_rest_no_longer_than_the_new_time()
    {
        var table = Table(Policy with { Ports = new PortRange(20000, 20000), PortRest = At(120) });
        table.Close(table.Open(Alice, Udp("10.61.0.2:1")), default);
        table.Use(table.Policy with { PortRest = At(10) }, At(1));
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Bob, Udp("10.61.0.3:1"), At(10.9), out _));
        var session = table.Open(Bob, Udp("10.61.0.3:1"), At(11));
        table.Use(table.Policy with { PortRest = TimeSpan.Zero }, At(11));
        table.Close(session, At(11));
        session = table.Open(Alice, Udp("10.61.0.2:1"), At(11));
        table.Use(table.Policy with { PortRest = At(60) }, At(11));
        table.Close(session, At(11));
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Bob, Udp("10.61.0.3:1"), At(70), out _));
    }

    [Fact]
    public void Untranslated_destinations_should_hold_for_new_flows()
    {
        InetPrefix[] inside = [InetPrefix.Parse("10.61.0.0/16")], site = [InetPrefix.Parse("198.51.100.0/24")];
        var table = Table(Policy with { Untranslated = new UntranslatedFlows(inside, []) });
        var old = table.Open(Alice, Udp("10.61.0.2:5000", "198.51.100.1:53"));
        table.Use(table.Policy with { Untranslated = new UntranslatedFlows(inside, site) }, default);
        Assert.False(table.Open(Alice, Udp("10.61.0.2:5000", "198.51.100.2:53")).Mapping.IsTranslated);
        Assert.Same(old, table.Open(Alice, Udp("10.61.0.2:5000", "198.51.100.1:53")));
    }

    [Fact]
    public void Policy_of_other_ports_or_addresses_should_be_refused_and_change_nothing()
    {
        var table = Table();
        var before = table.Policy;
        Assert.Throws<ArgumentException>(() => table.Use(before with { Ports = new PortRange(30000, 30001), InboundRefresh = true }, default));
        Assert.Throws<ArgumentException>(() => table.Use(before with { OuterV4 = [InetAddress.Parse("192.168.61.9")] }, default));
        var strange = StaticMapping.Parse("tcp 40000 -> 10.61.0.2:80")!;
        Assert.Throws<ArgumentException>(() => table.Use(before with { StaticMappings = [strange], InboundRefresh = true }, default));
        Assert.Same(before, table.Policy);
        Assert.Empty(table.Statics);
    }
}
