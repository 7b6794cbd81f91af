using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Nat;

public sealed class HairpinTests
{
    private static readonly ExternalAddresses Addresses = new(
    [
        (InetAddress.Parse("192.168.61.123"), InetAddress.Parse("198.51.100.61")),
        (InetAddress.Parse("fd61::123"), InetAddress.Parse("2001:db8::61")),
    ]);

    public static TheoryData<string, string> Families => new() { { "10.61.0.2", "203.0.113.1" }, { "[fd61::2]", "[2001:db8::1]" } };

    [Theory]
    [MemberData(nameof(Families))]
    public void Turned_packet_should_come_from_the_senders_external_endpoint_with_one_hop_less(string inner, string remote)
    {
        var (hairpin, session, packet) = Translated(inner, remote);

        Assert.Equal(DropReason.None, hairpin.Turn(packet, session));

        Assert.True(PlainChecksum.IsIntact(packet));
        Assert.Equal(63, packet[HopsAt(packet)]);
        Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var flow));
        Assert.Equal(hairpin.Turned(session), flow);
        Assert.True(Addresses.TryGetExternal(session.Mapping.Outer.Address, out var external));
        Assert.Equal(new InetEndpoint(external, session.Mapping.Outer.Port), flow.Source);
        Assert.True(Addresses.TryGetOuter(session.Remote.Address, out var outer));
        Assert.Equal(new InetEndpoint(outer, session.Remote.Port), flow.Destination);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Packet_should_not_be_turned_when_it_has_no_hop_left(string inner, string remote)
    {
        var (hairpin, session, packet) = Translated(inner, remote);
        packet[HopsAt(packet)] = 1;
        var before = packet.ToArray();

        Assert.Equal(DropReason.TimeToLiveExceeded, hairpin.Turn(packet, session));

        Assert.Equal(before, packet);
    }

    [Theory]
    [InlineData("10.61.0.2", "198.51.100.61")]
    [InlineData("[fd61::2]", "[2001:db8::61]")]
    public void Error_about_a_turned_packet_should_reach_its_sender_about_what_it_sent(string inner, string external)
    {
        var table = NatFixture.Table();
        var hairpin = new Hairpin(table, Addresses);
        var remote = external.StartsWith('[') ? "[2001:db8::1]:53" : "203.0.113.1:53";
        var portOf = (PeerId client) => table.Open(client, NatFixture.Udp($"{inner}:5000", remote)).Mapping.Outer.Port;
        var (portA, portB) = (portOf(NatFixture.Alice), portOf(NatFixture.Bob));
        var sessionA = table.Open(NatFixture.Alice, NatFixture.Udp($"{inner}:5000", $"{external}:{portB}"));
        var sessionB = table.Open(NatFixture.Bob, NatFixture.Udp($"{inner}:5000", $"{external}:{portA}"));

        var sent = PacketBuilder.Udp($"{inner}:5000", $"{external}:{portB}", [1, 2, 3]);
        var received = sent.ToArray();
        Assert.Equal(DropReason.None, sessionA.TranslateOutbound(received, false, default));
        Assert.Equal(DropReason.None, hairpin.Turn(received, sessionA));
        Assert.Equal(DropReason.None, sessionB.TranslateInbound(received, false, default));

        PacketParser.Parse(received, out var flow);
        var type = flow.Source.Address.IsV4 ? IcmpType.DestinationUnreachable : IcmpType.DestinationUnreachableV6;
        var error = PacketBuilder.Icmp(flow.Destination.Address, flow.Source.Address, type, payload: received);
        Assert.Equal(DropReason.None, sessionB.TranslateOutbound(error, false, default));
        Assert.Equal(DropReason.None, hairpin.Turn(error, sessionB));
        Assert.Equal(DropReason.None, sessionA.TranslateInbound(error, false, default));

        PacketParser.Parse(sent, out var expected);
        Assert.Equal(DropReason.None, PacketParser.Parse(error, out var key, out var isError));
        Assert.True(isError && PlainChecksum.IsIntact(error));
        Assert.Equal(expected.Reversed(), key);
        var quote = error[(error.Length - received.Length)..];
        quote[HopsAt(quote)]++; // the hop that it lost on its way
        Assert.Equal(sent, PacketBuilder.RefreshHeaderChecksum(quote));
    }

    [Fact]
    public void Ipv6_packet_should_be_turned_when_it_bears_extension_headers()
    {
        var (hairpin, session, packet) = Translated("[fd61::2]", "[2001:db8::1]");
        packet = PacketBuilder.WithExtensions(packet, (60, 8));

        Assert.Equal(DropReason.None, hairpin.Turn(packet, session));

        Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var flow));
        Assert.Equal(hairpin.Turned(session), flow);
    }

    [Fact]
    public void External_address_of_the_one_family_should_lead_nowhere_in_the_other()
    {
        var table = NatFixture.Table();
        var session = table.Open(NatFixture.Bob, NatFixture.Udp("[fd61::2]:5000", "[2001:db8::1]:53"));
        var hairpin = new Hairpin(table, Addresses);

        Assert.True(hairpin.Leads(NatFixture.Udp("[fd61::2]:5000", $"[2001:db8::61]:{session.Mapping.Outer.Port}")));
        Assert.False(hairpin.Leads(NatFixture.Udp("10.61.0.2:5000", $"198.51.100.61:{session.Mapping.Outer.Port}")));
    }

    /// <summary>A packet from Alice to Bob's external endpoint, as her session has translated it.</summary>
    private static (Hairpin Hairpin, NatSession Session, byte[] Packet) Translated(string inner, string remote)
    {
        var table = NatFixture.Table();
        var bobs = table.Open(NatFixture.Bob, NatFixture.Udp($"{inner}:5000", $"{remote}:53")).Mapping.Outer;
        Addresses.TryGetExternal(bobs.Address, out var external);
        var toBob = new FlowKey(IpProtocol.Udp, PacketBuilder.Endpoint($"{inner}:5000"), new InetEndpoint(external, bobs.Port));
        var hairpin = new Hairpin(table, Addresses);
        Assert.True(hairpin.Leads(toBob));
        var session = table.Open(NatFixture.Alice, toBob);
        var packet = PacketBuilder.Udp(toBob.Source, toBob.Destination, "hello"u8);
        Assert.Equal(DropReason.None, session.TranslateOutbound(packet, checksumPending: false, default));
        return (hairpin, session, packet);
    }

    private static int HopsAt(byte[] packet) => packet[0] >> 4 == 4 ? 8 : 7;
}
