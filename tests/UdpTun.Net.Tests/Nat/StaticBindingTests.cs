using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

public sealed class StaticBindingTests
{
    private static readonly InetAddress Inner = InetAddress.Parse("10.61.0.2");
    private static readonly InetEndpoint Outer = PacketBuilder.Endpoint("192.168.61.123:20080");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly PeerRegistry _peers = new([InetPrefix.Parse("10.0.0.0/8")], 8, TimeSpan.FromMinutes(10));

    private static NatTable TableWith(params string[] entries) => TableWith(Policy, entries);

    private static NatTable TableWith(NatPolicy policy, params string[] entries) =>
        Table(policy with { StaticMappings = [.. entries.Select(entry => StaticMapping.Parse(entry)!)] });

    private Peer Client(int number)
    {
        Assert.Equal(DropReason.None, _peers.Admit(PacketBuilder.Endpoint($"10.9.0.{number}:40000"), default, out var peer));
        return peer;
    }

    private static DropReason Knock(NatTable table, int port, out NatSession session, double now = 0)
    {
        var flow = new FlowKey(IpProtocol.Tcp, new InetEndpoint(InetAddress.Parse("198.51.100.1"), (ushort)port), Outer);
        return table.TryAccept(PacketGen.Build(flow, [], TcpFlags.Syn), flow, TimeSpan.FromSeconds(now), out session);
    }

    [Fact]
    public void Static_mapping_should_lead_to_nobody_until_somebody_sends_from_the_inner_address()
    {
        var table = TableWith("tcp 20080 -> 10.61.0.2:80");
        Assert.Equal(DropReason.NoSession, Knock(table, 1, out _));
        table.Claim(Client(1), InetAddress.Parse("10.61.0.3"), default);
        Assert.Equal(DropReason.NoSession, Knock(table, 1, out _));
        table.Claim(Client(1), Inner, default);
        Assert.Equal(DropReason.None, Knock(table, 1, out var session)); // under the strictest filtering
        Assert.Equal((Client(1).Id, new InetEndpoint(Inner, 80)), (session.Mapping.Client, session.Mapping.Inner));
    }

    [Fact]
    public void Its_port_should_be_nobody_else_s_from_the_start()
    {
        var table = TableWith(Policy with { Ports = new PortRange(20080, 20081) }, "tcp 20080 -> 10.61.0.2:80");
        Assert.Equal(20081, table.Open(Alice, Tcp("10.61.0.3:20080")).Mapping.Outer.Port);
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Bob, Tcp("10.61.0.3:20080"), default, out _));
        Assert.Equal(20080, table.Open(Alice, Udp("10.61.0.3:20080")).Mapping.Outer.Port); // the entry is of TCP
    }

    [Fact]
    public void Client_s_own_flows_from_the_endpoint_should_leave_by_the_static_port_and_use_no_quota()
    {
        var table = TableWith(Policy with { MaxMappingsPerClient = 1 }, "tcp 20080 -> 10.61.0.2:80");
        var client = Client(1);
        table.Claim(client, Inner, default);
        Assert.Equal(Outer, table.Open(client.Id, Tcp("10.61.0.2:80")).Mapping.Outer);
        Assert.Equal(0, table.MappingsOf(client.Id));
        table.Open(client.Id, Tcp("10.61.0.2:81"));
        Assert.Equal(DropReason.TooManyMappings, table.TryOpen(client.Id, Tcp("10.61.0.2:82"), default, out _));
    }

    [Fact]
    public void Static_mapping_should_outlive_its_sessions_and_keep_its_client_known()
    {
        var table = TableWith("tcp 20080 -> 10.61.0.2:80");
        var client = Client(1);
        Assert.False(table.Needs(client.Id));
        table.Claim(client, Inner, default);
        Knock(table, 1, out _);
        table.Sweep(TimeSpan.FromDays(1), 100, []);
        Assert.Equal((0, 0, true), (table.SessionCount, table.SessionsOf(client.Id), table.Needs(client.Id)));
        Assert.Equal(DropReason.None, Knock(table, 2, out _));
    }

    [Fact]
    public void Another_client_with_the_inner_address_should_not_take_it_from_one_that_sends()
    {
        var table = TableWith("tcp 20080 -> 10.61.0.2:80");
        for (var second = 0; second < 100; second += 20)
        {
            table.Claim(Client(1), Inner, second * Second);
            table.Claim(Client(2), Inner, (second + 19) * Second);
        }

        Assert.Equal(DropReason.None, Knock(table, 1, out var session, now: 100));
        Assert.Equal(Client(1).Id, session.Mapping.Client);
        Assert.NotEqual(Outer, table.Open(Client(2).Id, Tcp("10.61.0.2:80")).Mapping.Outer);
    }

    [Fact]
    public void Another_client_should_take_the_place_of_a_silent_one_whose_sessions_then_end()
    {
        var table = TableWith("tcp 20080 -> 10.61.0.2:80");
        table.Claim(Client(1), Inner, default);
        Knock(table, 1, out var old);
        table.Claim(Client(2), Inner, 30 * Second);
        Assert.Equal(DropReason.NoSession, Knock(table, 2, out _, now: 30)); // given up, and not yet the other's
        var ended = new List<NatSession>();
        table.Sweep(31 * Second, 100, ended);
        Assert.Equal([old], ended);
        table.Claim(Client(2), Inner, 31 * Second);
        Assert.Equal(DropReason.None, Knock(table, 2, out var session, now: 31));
        Assert.Equal(Client(2).Id, session.Mapping.Client);
        Assert.False(table.Needs(Client(1).Id));
    }

    [Fact]
    public void Client_that_speaks_again_before_the_sweep_should_keep_its_place_and_its_sessions()
    {
        var table = TableWith("tcp 20080 -> 10.61.0.2:80");
        table.Claim(Client(1), Inner, default);
        Knock(table, 1, out var session);
        table.Claim(Client(2), Inner, 30 * Second);
        table.Claim(Client(1), Inner, 30.5 * Second);
        table.Sweep(31 * Second, 100, []);
        Assert.True(session.IsOpen);
        Assert.Equal(DropReason.None, Knock(table, 2, out _, now: 31));
    }

    [Fact]
    public void Entry_for_one_client_should_lead_to_no_other()
    {
        var table = TableWith("tcp 20080 -> 10.61.0.2:80 @ 10.9.0.2");
        table.Claim(Client(1), Inner, default);
        Assert.Equal(DropReason.NoSession, Knock(table, 1, out _));
        table.Claim(Client(2), Inner, default);
        Assert.Equal(DropReason.None, Knock(table, 1, out var session));
        Assert.Equal(Client(2).Id, session.Mapping.Client);
    }

    [Fact]
    public void Client_should_be_told_its_port_and_not_be_able_to_end_it()
    {
        var table = TableWith("tcp 20080 -> 10.61.0.2:80");
        var mapper = new PortMapper(table, ExternalAddresses.None, isOn: true, TimeSpan.FromHours(2));
        var client = Client(1);
        table.Claim(client, Inner, default);
        var request = new NatPmpRequest(0, NatPmpRequest.MapTcp, 80, 0, 60);
        Assert.Equal(20080, mapper.Answer(request, client.Id, Inner, default).OuterPort);
        table.Sweep(61 * Second, 100, []);
        Assert.Equal(NatPmpResult.NotAuthorized, mapper.Answer(request with { Lifetime = 0 }, client.Id, Inner, default).Result);
        Assert.Equal(NatPmpResult.NotAuthorized, mapper.Answer(request with { Lifetime = 0, InnerPort = 0 }, client.Id, Inner, default).Result);
        Assert.Equal(DropReason.None, Knock(table, 1, out _));
    }

    [Theory]
    [InlineData("tcp 19999 -> 10.61.0.2:80")]
    [InlineData("tcp 20080 -> 10.61.0.2:80", "tcp 20080 -> 10.61.0.3:80")]
    public void Table_should_refuse_ports_that_are_not_to_be_had(params string[] entries) =>
        Assert.Throws<ArgumentException>(() => TableWith(entries));
}
