using UdpTun.Actors.Lines;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>The client's whole tree on its event loop, packets in at one end and out at the other.</summary>
public sealed class ClientLineSpecs : IAsyncLifetime
{
    private static readonly InetEndpoint Server = PacketBuilder.Endpoint("10.9.0.9:9877");
    private static readonly byte[] Question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", "question"u8);
    private static readonly byte[] Answer = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000", "answer"u8);

    private readonly InMemoryDeviceFactory<InMemoryTunDevice> _tuns = new(_ => new InMemoryTunDevice());
    private readonly InMemoryDeviceFactory<InMemoryUdpSocket> _sockets = new(_ => new InMemoryUdpSocket(default));
    private LineSystem _system = null!;

    private InMemoryTunDevice Tun => _tuns.Current!;

    private InMemoryUdpSocket Socket => _sockets.Current!;

    public async Task InitializeAsync() =>
        _system = await LineSystem.StartAsync(new ClientLine(_tuns, _sockets, new PlainTransport(), Server));

    public async Task DisposeAsync() => await _system.DisposeAsync();

    [Fact]
    public async Task Client_should_send_each_packet_as_it_is_in_a_datagram_to_its_server()
    {
        Tun.Arrive(Question);
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1);
        Assert.Equal(Question, Socket.Sent[0].Bytes);
        Assert.Equal(Server, Socket.Sent[0].Remote);
    }

    [Fact]
    public async Task Client_should_take_datagrams_of_its_server_only()
    {
        Socket.Arrive(PacketBuilder.Endpoint("10.9.0.9:9878"), Answer);
        Socket.Arrive(PacketBuilder.Endpoint("10.9.0.8:9877"), Answer);
        Socket.Arrive(Server, Answer);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1 && _system.Line.Drops[DropReason.ForbiddenPeer] == 2);
        Assert.Equal(Answer, Tun.Written[0].Bytes);
    }

    [Fact]
    public async Task Client_should_stop_reading_its_tun_while_the_socket_is_full_and_lose_nothing()
    {
        Socket.WriteRoom = 1;
        for (var i = 0; i < 2000; i++) Tun.Arrive(Question);
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1 && Tun.Pending is > 0 and < 2000);
        Socket.WriteRoom = int.MaxValue;
        await Eventually.TrueAsync(() => Socket.WrittenCount == 2000);
        Assert.Equal(0, _system.Line.Drops.Total);
    }
}
