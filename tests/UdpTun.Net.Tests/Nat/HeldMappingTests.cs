using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

public sealed class HeldMappingTests
{
    private static readonly InetEndpoint Inner = PacketBuilder.Endpoint("10.61.0.2:80");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static NatMapping Hold(NatTable table, ushort suggested = 20080, int seconds = 60, int now = 0)
    {
        Assert.Equal(DropReason.None, table.TryHold(Alice, IpProtocol.Tcp, Inner, suggested, (now + seconds) * Second, now * Second, out var mapping));
        return mapping;
    }

    private static void Sweep(NatTable table, double seconds)
    {
        while (!table.Sweep(TimeSpan.FromSeconds(seconds), 3, []))
        {
        }
    }

    [Fact]
    public void Held_mapping_should_let_in_everybody_whatever_the_filtering_says()
    {
        var table = Table();
        var mapping = Hold(table);
        Assert.Equal(PacketBuilder.Endpoint("192.168.61.123:20080"), mapping.Outer);
        var stranger = Key(IpProtocol.Tcp, "198.51.100.1:7", mapping.Outer.ToString());
        Assert.Equal(DropReason.None, table.TryAccept(PacketGen.Build(stranger, [], TcpFlags.Syn), stranger, default, out var session));
        Assert.Equal((Alice, Inner, true), (session.Mapping.Client, session.Mapping.Inner, session.IsFromOutside));

        table.TryEndHold(Alice, IpProtocol.Tcp, Inner, default);
        var other = stranger with { Source = PacketBuilder.Endpoint("198.51.100.1:8") };
        Assert.Equal(DropReason.Filtered, table.TryAccept(PacketGen.Build(other, [], TcpFlags.Syn), other, default, out _));
        Assert.True(session.IsOpen);
    }

    [Fact]
    public void Hold_should_end_at_its_time_and_not_before_and_give_the_port_back()
    {
        var table = Table();
        Hold(table, seconds: 60);
        Sweep(table, 59.9);
        Assert.Equal((1, 1), (table.MappingCount, table.MappingsOf(Alice)));
        Sweep(table, 60);
        Assert.Equal((0, 0), (table.MappingCount, table.MappingsOf(Alice)));
        Assert.Equal(20080, table.Open(Bob, Tcp("10.61.0.3:20080")).Mapping.Outer.Port);
    }

    [Fact]
    public void Hold_should_be_moved_by_each_renewal_and_keep_its_port()
    {
        var table = Table();
        var mapping = Hold(table, seconds: 60);
        Assert.Same(mapping, Hold(table, suggested: 20999, seconds: 60, now: 30));
        Sweep(table, 89.9);
        Assert.Equal(1, table.MappingCount);
        Assert.Same(mapping, Hold(table, seconds: 1, now: 50)); // shorter than before, as asked for
        Sweep(table, 51);
        Assert.Equal(0, table.MappingCount);
    }

    [Fact]
    public void Mapping_should_outlive_its_hold_with_its_sessions_and_its_sessions_with_its_hold()
    {
        var table = Table();
        var mapping = Hold(table, seconds: 60);
        var session = table.Open(Alice, Tcp("10.61.0.2:80"));
        Assert.Same(mapping, session.Mapping);
        Sweep(table, 60);
        Assert.Equal((1, null), (table.MappingCount, mapping.HeldUntil));
        Hold(table, seconds: 1000, now: 61);
        table.Close(session, 62 * Second);
        Assert.Equal(1, table.MappingCount);
        table.TryEndHold(Alice, IpProtocol.Tcp, Inner, 63 * Second);
        Assert.Equal((0, false), (table.MappingCount, table.Needs(Alice)));
    }

    [Fact]
    public void Suggested_port_should_be_had_when_it_is_free_and_in_the_range()
    {
        var table = Table(Policy with { PortRest = 120 * Second });
        Assert.Equal(20080, Hold(table, suggested: 20080).Outer.Port);
        Assert.Equal(DropReason.None, table.TryHold(Bob, IpProtocol.Tcp, Inner, 20080, Second, default, out var taken));
        Assert.Equal(DropReason.None, table.TryHold(Bob, IpProtocol.Udp, Inner, 80, Second, default, out var outside));
        Assert.NotEqual(20080, taken.Outer.Port);
        Assert.InRange(outside.Outer.Port, 20000, 29999);
    }

    [Fact]
    public void Owner_of_a_resting_port_should_get_it_back_or_another_that_it_asks_for()
    {
        var table = Table(Policy with { PortRest = 120 * Second });
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(20080, Hold(table, suggested: 20080, now: round).Outer.Port);
            table.TryEndHold(Alice, IpProtocol.Tcp, Inner, round * Second);
        }

        Assert.Equal(20081, Hold(table, suggested: 20081, now: 3).Outer.Port);
        table.TryEndHold(Alice, IpProtocol.Tcp, Inner, 4 * Second);
        Assert.NotEqual(20080, table.Open(Bob, Tcp("10.61.0.3:20080"), 121 * Second).Mapping.Outer.Port); // rests until 122
        Assert.Equal(20081, Hold(table, suggested: 0, now: 123).Outer.Port);
    }

    [Fact]
    public void Holds_should_count_against_the_client_s_mappings_and_no_one_else_s()
    {
        var table = Table(Policy with { MaxMappingsPerClient = 1 });
        Hold(table);
        Assert.Equal(DropReason.TooManyMappings, table.TryHold(Alice, IpProtocol.Udp, Inner, 0, Second, default, out _));
        Assert.Equal(DropReason.TooManyMappings, table.TryOpen(Alice, Udp("10.61.0.2:9"), default, out _));
        Assert.Equal(DropReason.None, table.TryHold(Bob, IpProtocol.Udp, Inner, 0, Second, default, out _));
    }

    [Fact]
    public void Ending_all_should_end_those_of_the_address_and_protocol_only()
    {
        var table = Table();
        foreach (var (client, protocol, inner) in new[]
        {
            (Alice, IpProtocol.Tcp, "10.61.0.2:1"), (Alice, IpProtocol.Tcp, "10.61.0.2:2"), (Alice, IpProtocol.Udp, "10.61.0.2:1"),
            (Alice, IpProtocol.Tcp, "10.61.0.9:1"), (Bob, IpProtocol.Tcp, "10.61.0.2:1"),
        }) Assert.Equal(DropReason.None, table.TryHold(client, protocol, PacketBuilder.Endpoint(inner), 0, Second, default, out _));

        table.TryEndHolds(Alice, IpProtocol.Tcp, Inner.Address, default);
        Assert.Equal((2, 1), (table.MappingsOf(Alice), table.MappingsOf(Bob)));
    }

    [Fact]
    public void Sweep_should_end_no_more_holds_in_a_turn_than_it_may()
    {
        var table = Table();
        for (var port = 1; port <= 10; port++)
            table.TryHold(Alice, IpProtocol.Udp, PacketBuilder.Endpoint($"10.61.0.2:{port}"), 0, Second, default, out _);
        Assert.False(table.Sweep(Second, 4, []));
        Assert.Equal(6, table.MappingCount);
        Assert.False(table.Sweep(Second, 4, []));
        Assert.True(table.Sweep(Second, 4, []));
        Assert.Equal(0, table.MappingCount);
    }
}
