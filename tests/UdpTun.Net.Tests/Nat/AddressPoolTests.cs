using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

/// <summary>A table with several outer addresses (RFC 4787 section 4.1, REQ-2).</summary>
public sealed class AddressPoolTests
{
    private static readonly InetAddress[] Pool = [.. Addresses("203.0.113.10", "203.0.113.11", "203.0.113.12")];
    private static readonly InetAddress[] Pool6 = [.. Addresses("2001:db8::10", "2001:db8::11")];
    private static readonly NatPolicy Pooled = Policy with { OuterV4 = Pool, OuterV6 = Pool6 };

    [Fact]
    public void Client_should_leave_as_one_address_whatever_its_protocol_and_remote()
    {
        var table = Table(Pooled);
        var outers = new HashSet<InetAddress>();
        for (var i = 1; i <= 200; i++)
        {
            var key = Key(i % 2 == 0 ? IpProtocol.Udp : IpProtocol.Tcp, $"10.61.0.{i % 7 + 1}:{i}", $"198.51.100.{i}:53");
            outers.Add(table.Open(Alice, key).Mapping.Outer.Address);
            table.Open(new PeerId(100 + i), key); // others come and go in between
        }

        outers.Add(table.Open(Alice, Key(IpProtocol.Icmp, "10.61.0.1:7", "203.0.113.99:0")).Mapping.Outer.Address);
        Assert.Single(outers);
    }

    [Fact]
    public void Clients_should_spread_evenly_over_each_familys_addresses()
    {
        var table = Table(Pooled);
        var clients = Enumerable.Range(1, 30).Select(id => new PeerId(id)).ToList();

        var v4 = clients.Select(client => table.Open(client, Udp("10.61.0.2:1")).Mapping.Outer.Address).CountBy(address => address);
        var v6 = clients.Select(client => table.Open(client, Udp("[fd61::2]:1", "[2001:db8::1]:53")).Mapping.Outer.Address).CountBy(address => address);

        Assert.Equal(Pool.Select(address => KeyValuePair.Create(address, 10)), v4.OrderBy(pair => pair.Key.V4));
        Assert.Equal([15, 15], v6.Select(pair => pair.Value));
    }

    [Fact]
    public void Client_whose_address_has_no_port_left_should_be_refused_and_not_moved()
    {
        var table = Table(Pooled with { Ports = new PortRange(20000, 20001) });
        table.Open(Alice, Udp("10.61.0.2:1"));
        table.Open(Alice, Udp("10.61.0.2:2"));

        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Alice, Udp("10.61.0.2:3"), default, out _));
        Assert.Equal(2, table.MappingCount);
        var tcp = table.Open(Alice, Tcp("10.61.0.2:3"));
        Assert.Equal(Pool[0], tcp.Mapping.Outer.Address);
    }

    [Fact]
    public void Client_that_is_new_should_get_an_address_that_has_a_port_left()
    {
        var table = Table(Pooled with { OuterV4 = Pool[..2], Ports = new PortRange(20000, 20000) });
        Assert.Equal(Pool[0], table.Open(new PeerId(1), Udp("10.61.0.2:1")).Mapping.Outer.Address);
        Assert.Equal(Pool[1], table.Open(new PeerId(2), Tcp("10.61.0.2:1")).Mapping.Outer.Address);

        // Both have one client; the UDP port of the first is taken.
        Assert.Equal(Pool[1], table.Open(new PeerId(3), Udp("10.61.0.2:1")).Mapping.Outer.Address);
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(new PeerId(4), Udp("10.61.0.2:1"), default, out _));
    }

    [Fact]
    public void Client_should_have_its_address_between_two_flows_until_it_is_forgotten()
    {
        var table = Table(Pooled);
        table.Open(Bob, Udp("10.61.0.2:1"));
        var first = table.Open(Alice, Udp("10.61.0.2:1"));
        table.Forget(Alice); // it has a flow: nothing is forgotten
        table.Close(first, default);
        for (var id = 10; id < 15; id++) table.Open(new PeerId(id), Udp("10.61.0.2:1"));

        Assert.Equal(Pool[1], first.Mapping.Outer.Address);
        var second = table.Open(Alice, Tcp("10.61.0.2:9"));
        Assert.Equal(Pool[1], second.Mapping.Outer.Address);

        table.Close(second, default);
        table.Forget(Alice);
        Assert.Equal(Pool[1], table.Open(new PeerId(20), Udp("10.61.0.2:1")).Mapping.Outer.Address); // the place is free for another
    }

    [Fact]
    public void Same_port_should_be_taken_once_at_each_address()
    {
        var table = Table(Pooled with { PortSelection = PortSelection.Preserve });
        var outers = Enumerable.Range(1, 3).Select(id => table.Open(new PeerId(id), Udp("10.61.0.2:25000")).Mapping.Outer);

        Assert.Equal(Pool.Select(address => new InetEndpoint(address, 25000)), outers);
    }

    private static IEnumerable<InetAddress> Addresses(params string[] texts) => texts.Select(InetAddress.Parse);
}
