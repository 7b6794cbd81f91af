using UdpTun.Actors.Lines;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Lines;

public sealed class EchoExitLineSpecs
{
    [Fact]
    public async Task Server_with_exit_echo_should_answer_pings_to_any_address_itself()
    {
        var nat = new TestNat();
        var client = PacketBuilder.Endpoint("10.9.0.1:40000");
        var sockets = new InMemoryDeviceFactory<InMemoryUdpSocket>(_ => new InMemoryUdpSocket(default));
        await using var system = await LineSystem.StartAsync(
            new EchoExitLine(sockets, new PlainTransport(), nat.Table, nat.Peers));
        var socket = sockets.Current!;

        socket.Arrive(client, PacketBuilder.EchoRequest("10.61.0.2", "123.123.123.123", 7));
        socket.Arrive(client, PacketBuilder.Udp("10.61.0.2:5000", "123.123.123.123:53"));
        socket.Arrive(PacketBuilder.Endpoint("198.51.100.1:40000"), PacketBuilder.EchoRequest("10.61.0.2", "123.123.123.123", 7));

        await Eventually.TrueAsync(() => socket.WrittenCount == 1
            && system.Line.Drops[DropReason.NotEchoRequest] == 1 && system.Line.Drops[DropReason.ForbiddenPeer] == 1);
        Assert.Equal(PacketBuilder.EchoReply("123.123.123.123", "10.61.0.2", 7), socket.Sent[0].Bytes);
        Assert.Equal(client, socket.Sent[0].Remote);
    }
}
