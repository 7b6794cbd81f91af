using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>From one client to another by its external endpoint, through the server's whole tree on its event loop.</summary>
public sealed class ServerHairpinSpecs : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Clients_should_reach_each_other_by_their_external_endpoints_without_a_way_through_the_tun()
    {
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", "question"u8);
        _server.Socket.Arrive(ClientA, question);
        _server.Socket.Arrive(ClientB, question);
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 2);
        var ports = _server.Tun.Written.Select(written => KeyOf(written.Bytes).Source.Port).ToArray();
        var (externalA, externalB) = (new InetEndpoint(TestNat.External, ports[0]), new InetEndpoint(TestNat.External, ports[1]));
        var inner = PacketBuilder.Endpoint("10.61.0.2:5000");

        _server.Socket.Arrive(ClientA, PacketBuilder.Udp(inner, externalB, "unasked"u8)); // B's filter admits whom B has spoken to
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.Filtered] == 1);
        _server.Socket.Arrive(ClientB, PacketBuilder.Udp(inner, externalA, "from B"u8));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp(inner, externalB, "from A"u8));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 2);

        Assert.Equal([ClientA, ClientB], _server.Socket.Sent.Select(sent => sent.Remote));
        Assert.Equal(
            [OneHopLess(PacketBuilder.Udp(externalB, inner, "from B"u8)), OneHopLess(PacketBuilder.Udp(externalA, inner, "from A"u8))],
            _server.Socket.Sent.Select(sent => sent.Bytes));
        Assert.Equal(2, _server.Tun.WrittenCount);
    }

    [Fact]
    public async Task Fragments_should_pass_between_clients_in_whatever_order()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        _server.Socket.Arrive(ClientB, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 2);
        var ports = _server.Tun.Written.Select(written => KeyOf(written.Bytes).Source.Port).ToArray();
        var (externalA, externalB) = (new InetEndpoint(TestNat.External, ports[0]), new InetEndpoint(TestNat.External, ports[1]));
        var inner = PacketBuilder.Endpoint("10.61.0.2:5000");

        _server.Socket.Arrive(ClientB, PacketBuilder.Udp(inner, externalA)); // B's filter admits A from now on
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.Filtered] == 1);
        foreach (var fragment in Fragmenter.Cut(PacketBuilder.Udp(inner, externalB, new byte[4000]), 1400, 7).Reverse())
            _server.Socket.Arrive(ClientA, fragment);
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 3);

        Assert.All(_server.Socket.Sent, sent => Assert.Equal(ClientB, sent.Remote));
        var received = Fragmenter.Join(_server.Socket.Sent.Select(sent => sent.Bytes));
        Assert.True(PlainChecksum.IsIntact(received));
        Assert.Equal(new FlowKey(IpProtocol.Udp, externalA, inner), KeyOf(received));
    }

    [Fact]
    public async Task External_address_should_stay_closed_at_ports_that_no_mapping_has()
    {
        var closed = new InetEndpoint(TestNat.External, 20005);
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp(PacketBuilder.Endpoint("10.61.0.2:5000"), closed));
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.ForbiddenDestination] == 1);
        Assert.Empty(_server.Tun.Written);
    }

    private static byte[] OneHopLess(byte[] packet)
    {
        packet[8]--;
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }
}
