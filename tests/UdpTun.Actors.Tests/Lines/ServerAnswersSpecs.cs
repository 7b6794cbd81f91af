using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>What the server answers itself: pings, and packets on their last hop.</summary>
public sealed class ServerAnswersSpecs : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Gateway_should_answer_echo_requests_and_pass_nothing_on()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.EchoRequest("10.61.0.2", "192.168.61.1", 77));
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "192.168.61.1:22"));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1 && _server.Line.Drops[DropReason.NotEchoRequest] == 1);
        Assert.Equal(PacketBuilder.EchoReply("192.168.61.1", "10.61.0.2", 77), Assert.Single(_server.Socket.Sent).Bytes);
        Assert.Empty(_server.Tun.Written);
    }

    [Fact]
    public async Task External_address_should_answer_echo_requests_of_clients()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.EchoRequest(InetAddress.Parse("10.61.0.2"), TestNat.External, 77));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        var answer = Assert.Single(_server.Socket.Sent).Bytes;
        Assert.Equal(PacketBuilder.EchoReply(TestNat.External, InetAddress.Parse("10.61.0.2"), 77), answer);
        Assert.Equal((0, 0), (_server.Tun.WrittenCount, _server.Nat.Table.SessionCount));
    }

    [Fact]
    public async Task Packet_on_its_last_hop_should_be_answered_by_the_gateway_and_open_nothing()
    {
        var last = LastHop(PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:33434", "probe"u8));
        _server.Socket.Arrive(ClientA, last);
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);

        var sent = Assert.Single(_server.Socket.Sent);
        Assert.Equal(ClientA, sent.Remote);
        Assert.True(PlainChecksum.IsIntact(sent.Bytes));
        Assert.Equal((IcmpType.TimeExceeded, TestNat.Gateway), (sent.Bytes[20], InetAddress.FromBytes(sent.Bytes.AsSpan(12, 4))));
        Assert.Equal(last, sent.Bytes[28..]);
        Assert.Equal((0, 1L), (_server.Nat.Table.SessionCount, _server.Line.Drops[DropReason.TimeToLiveExceeded]));
        Assert.Empty(_server.Tun.Written);
    }

    [Fact]
    public async Task Packets_behind_one_on_its_last_hop_should_go_on()
    {
        var probe = PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.1", 77); // traceroute -I: all hops in one flow
        _server.Socket.Arrive(ClientA, LastHop(probe.ToArray()));
        _server.Socket.Arrive(ClientA, probe);
        _server.Socket.Arrive(ClientA, LastHop(probe.ToArray()));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 2 && _server.Tun.WrittenCount == 1);
        Assert.Equal((1, 2L), (_server.Nat.Table.SessionCount, _server.Line.Drops[DropReason.TimeToLiveExceeded]));
    }

    [Fact]
    public async Task Flood_of_last_hops_should_be_answered_a_few_times_only_and_errors_never()
    {
        _server.Socket.ArriveTogether(ClientA, Enumerable.Repeat(LastHop(PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:33434")), 1000));
        var quote = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000");
        _server.Socket.Arrive(ClientB, LastHop(PacketBuilder.Icmp(
            InetAddress.Parse("10.61.0.2"), InetAddress.Parse("203.0.113.1"), IcmpType.DestinationUnreachable, payload: quote)));
        await Eventually.TrueAsync(() => _server.Line.Drops.Total == 1001 && _server.Socket.WrittenCount >= 1);
        Assert.InRange(_server.Socket.WrittenCount, 1, 200); // ten a second, on a slow machine too
        Assert.All(_server.Socket.Sent, sent => Assert.Equal(ClientA, sent.Remote));
    }

    private static byte[] LastHop(byte[] packet)
    {
        packet[8] = 1;
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }
}
