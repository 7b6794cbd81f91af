using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

/// <summary>A table that has low ports too (RFC 4787 section 4.2.1, REQ-3).</summary>
public sealed class PortClassesTests
{
    private static readonly NatPolicy Classes = Policy with
    {
        Ports = new PortRange(1024, 65535),
        LowPorts = new PortRange(1, 1023),
        PortSelection = PortSelection.Random,
    };

    [Fact]
    public void Ports_should_stay_in_their_class()
    {
        var table = Table(Classes);
        for (var port = 1; port < 1024; port += 2)
        {
            Assert.InRange(table.Open(Alice, Udp($"10.61.0.2:{port}")).Mapping.Outer.Port, 1, 1023);
            Assert.InRange(table.Open(Alice, Tcp($"10.61.0.2:{port + 1023}")).Mapping.Outer.Port, 1024, 65535);
        }
    }

    [Fact]
    public void Low_port_should_leave_as_a_high_one_when_no_low_one_is_free()
    {
        var table = Table(Classes with { LowPorts = new PortRange(500, 500) });

        Assert.Equal(500, table.Open(Alice, Udp("10.61.0.2:500")).Mapping.Outer.Port);
        Assert.InRange(table.Open(Bob, Udp("10.61.0.2:500")).Mapping.Outer.Port, 1024, 65535);
        Assert.Equal(500, table.Open(Bob, Tcp("10.61.0.2:22")).Mapping.Outer.Port);
    }

    [Fact]
    public void High_port_should_be_refused_rather_than_leave_as_a_low_one()
    {
        var table = Table(Classes with { Ports = new PortRange(1024, 1024) });
        table.Open(Alice, Udp("10.61.0.2:5000"));

        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Alice, Udp("10.61.0.2:5001"), default, out _));
    }

    [Fact]
    public void Low_port_should_be_free_again_when_its_mapping_ends()
    {
        var table = Table(Classes with { LowPorts = new PortRange(500, 500) });
        table.Close(table.Open(Alice, Udp("10.61.0.2:500")), default);

        Assert.Equal(500, table.Open(Bob, Udp("10.61.0.2:500")).Mapping.Outer.Port);
    }

    [Fact]
    public void Echo_identifiers_should_be_of_no_class() =>
        Assert.InRange(Table(Classes).Open(Alice, Key(IpProtocol.Icmp, "10.61.0.2:7", "203.0.113.1:0")).Mapping.Outer.Port, 1024, 65535);
}
