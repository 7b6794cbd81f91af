using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

/// <summary>Static mappings that come, go and move while flows use them.</summary>
public sealed class ChangedStaticMappingTests
{
    private static readonly InetAddress InnerOne = InetAddress.Parse("10.61.0.2");
    private static readonly InetAddress InnerTwo = InetAddress.Parse("10.61.0.3");

    private readonly PeerRegistry _peers = new([InetPrefix.Parse("10.0.0.0/8")], 8, TimeSpan.FromMinutes(10));
    private readonly Peer _one, _two;

    public ChangedStaticMappingTests() => (_one, _two) = (Client(1), Client(2));

    private Peer Client(int number)
    {
        Assert.Equal(DropReason.None, _peers.Admit(PacketBuilder.Endpoint($"10.9.0.{number}:40000"), default, out var peer));
        return peer;
    }

    private static void Use(NatTable table, params string[] entries) =>
        table.Use(table.Policy with { StaticMappings = [.. entries.Select(entry => StaticMapping.Parse(entry)!)] }, default);

    private void BothSend(NatTable table)
    {
        table.Claim(_one, InnerOne, default);
        table.Claim(_two, InnerTwo, default);
    }

    /// <summary>Somebody's SYN to an outer port; who gets it, or null.</summary>
    private static NatSession? Knock(NatTable table, int port, int from)
    {
        var flow = new FlowKey(IpProtocol.Tcp, PacketBuilder.Endpoint($"198.51.100.1:{from}"), PacketBuilder.Endpoint($"192.168.61.123:{port}"));
        return table.TryAccept(PacketGen.Build(flow, [], TcpFlags.Syn), flow, default, out var session) == DropReason.None ? session : null;
    }

    [Fact]
    public void Port_should_be_open_as_soon_as_the_mapping_is_there()
    {
        var table = Table();
        Use(table, "tcp 20080 -> 10.61.0.2:80");
        Assert.Null(Knock(table, 20080, 1));
        BothSend(table);
        Assert.Equal(_one.Id, Knock(table, 20080, 1)!.Mapping.Client);
    }

    [Fact]
    public void Flows_of_a_mapping_that_is_gone_should_go_on_and_strangers_stay_out()
    {
        var table = Table(Policy with { MaxMappingsPerClient = 1, PortRest = TimeSpan.FromSeconds(120) });
        Use(table, "tcp 20080 -> 10.61.0.2:80");
        BothSend(table);
        var session = Knock(table, 20080, 1)!;
        Use(table);
        Assert.Null(Knock(table, 20080, 2)); // the strictest filtering
        Assert.True(session.IsOpen && !session.Mapping.IsStatic);
        Assert.Equal((session, 1), (table.Open(_one.Id, Tcp("10.61.0.2:80", "198.51.100.1:1")), table.MappingsOf(_one.Id)));
        table.Close(session, default);
        Assert.Equal((0, 0), (table.MappingCount, table.MappingsOf(_one.Id)));
        Assert.Equal(20080, Assert.Single(table.Resting).Outer.Port);
    }

    [Fact]
    public void Port_of_a_mapping_that_nobody_used_should_rest_and_then_be_anybodys()
    {
        var table = Table(Policy with { Ports = new PortRange(20080, 20080), PortRest = TimeSpan.FromSeconds(120) });
        Use(table, "tcp 20080 -> 10.61.0.2:80");
        Use(table);
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Alice, Tcp("10.61.0.9:1"), TimeSpan.FromSeconds(119), out _));
        Assert.Equal(20080, table.Open(Alice, Tcp("10.61.0.9:1"), TimeSpan.FromSeconds(121)).Mapping.Outer.Port);
    }

    [Fact]
    public void Port_that_leads_elsewhere_now_should_do_so_when_its_old_flows_have_ended()
    {
        var table = Table();
        Use(table, "tcp 20080 -> 10.61.0.2:80");
        BothSend(table);
        var old = Knock(table, 20080, 1)!;
        Use(table, "tcp 20080 -> 10.61.0.3:80");
        BothSend(table);
        Assert.Null(Knock(table, 20080, 2));
        Assert.Equal((true, old.Mapping), (old.IsOpen, Assert.Single(table.WaitingStatics).Holder));
        table.Close(old, default);
        Assert.Empty(table.WaitingStatics);
        BothSend(table);
        Assert.Equal(_two.Id, Knock(table, 20080, 3)!.Mapping.Client);
    }

    [Fact]
    public void Port_that_leads_elsewhere_should_do_so_at_once_when_no_flow_uses_it()
    {
        var table = Table(Policy with { PortRest = TimeSpan.FromSeconds(120) });
        Use(table, "tcp 20080 -> 10.61.0.2:80");
        BothSend(table);
        table.Close(Knock(table, 20080, 1)!, default);
        Use(table, "tcp 20080 -> 10.61.0.3:80");
        BothSend(table);
        Assert.Equal(_two.Id, Knock(table, 20080, 3)!.Mapping.Client);
    }

    [Fact]
    public void Mapping_should_take_a_clients_port_when_the_clients_flows_have_ended()
    {
        var table = Table(Policy with { Filtering = NatFiltering.Open });
        var own = table.Open(_two.Id, Tcp("10.61.0.3:20080"));
        Assert.Equal(20080, own.Mapping.Outer.Port);
        Use(table, "tcp 20080 -> 10.61.0.2:80");
        BothSend(table);
        Assert.Null(Knock(table, 20080, 1)); // it is the one's no more, and not yet the other's
        var next = table.Open(_two.Id, Tcp("10.61.0.3:20080", "203.0.113.9:80"));
        Assert.NotEqual(20080, next.Mapping.Outer.Port);
        Assert.Equal(2, table.MappingsOf(_two.Id));
        table.Close(own, default);
        table.Close(next, default);
        Assert.Equal(0, table.MappingsOf(_two.Id));
        BothSend(table);
        Assert.Equal(_one.Id, Knock(table, 20080, 1)!.Mapping.Client);
    }

    [Fact]
    public void Mapping_that_a_client_holds_should_give_way()
    {
        var table = Table();
        Assert.Equal(DropReason.None, table.TryHold(
            _two.Id, IpProtocol.Tcp, PacketBuilder.Endpoint("10.61.0.3:8080"), 20080, TimeSpan.FromHours(1), default, out var held));
        Assert.Equal(20080, held.Outer.Port);
        Use(table, "tcp 20080 -> 10.61.0.2:80");
        BothSend(table);
        Assert.Equal(_one.Id, Knock(table, 20080, 1)!.Mapping.Client);
        Assert.Empty(table.Held);
        Assert.True(table.Sweep(TimeSpan.FromSeconds(1), 1000, []));
    }

    [Fact]
    public void Inner_endpoints_next_flow_should_leave_by_the_static_port()
    {
        var table = Table();
        var before = table.Open(_one.Id, Tcp("10.61.0.2:80", "203.0.113.1:1"));
        Use(table, "tcp 20081 -> 10.61.0.2:80");
        BothSend(table);
        Assert.Equal(20081, table.Open(_one.Id, Tcp("10.61.0.2:80", "203.0.113.1:2")).Mapping.Outer.Port);
        Assert.Same(before, table.Open(_one.Id, Tcp("10.61.0.2:80", "203.0.113.1:1")));
        Assert.Equal(_one.Id, Knock(table, 20081, 9)!.Mapping.Client);
    }

    [Fact]
    public void Mapping_that_stays_should_not_notice_the_others()
    {
        var table = Table();
        Use(table, "tcp 20080 -> 10.61.0.2:80");
        BothSend(table);
        var session = Knock(table, 20080, 1)!;
        Use(table, "tcp 20081 -> 10.61.0.3:80", "tcp 20080 -> 10.61.0.2:80");
        Assert.Equal(session.Mapping, Knock(table, 20080, 2)!.Mapping);
        BothSend(table);
        Assert.Equal(_two.Id, Knock(table, 20081, 2)!.Mapping.Client);
    }
}
