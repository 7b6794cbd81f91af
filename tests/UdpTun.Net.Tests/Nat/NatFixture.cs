using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Nat;

/// <summary>The addresses that the NAT's tests share, and shorthands for a table's calls.</summary>
internal static class NatFixture
{
    public static readonly PeerId Alice = new(1);
    public static readonly PeerId Bob = new(2);

    public static readonly NatPolicy Policy = new()
    {
        OuterV4 = [InetAddress.Parse("192.168.61.123")],
        OuterV6 = [InetAddress.Parse("fd61::123")],
        PortRest = TimeSpan.Zero, // most tests are about who has a port, not about when
    };

    public static NatTable Table(NatPolicy? policy = null, int seed = 1) => new(policy ?? Policy, new Random(seed));

    public static FlowKey Key(IpProtocol protocol, string source, string destination) =>
        new(protocol, PacketBuilder.Endpoint(source), PacketBuilder.Endpoint(destination));

    public static FlowKey Udp(string source, string destination = "203.0.113.1:53") => Key(IpProtocol.Udp, source, destination);

    public static FlowKey Tcp(string source, string destination = "203.0.113.1:80") => Key(IpProtocol.Tcp, source, destination);

    public static NatSession Open(this NatTable table, PeerId client, FlowKey key, TimeSpan now = default)
    {
        Assert.Equal(DropReason.None, table.TryOpen(client, key, now, out var session));
        return session;
    }
}
