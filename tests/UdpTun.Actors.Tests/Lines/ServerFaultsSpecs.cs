using UdpTun.Net.Counters;
using UdpTun.Net.Io;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>What breaks in the server's tree or comes broken into it hurts no flow.</summary>
public sealed class ServerFaultsSpecs : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Sessions_should_be_kept_when_the_tun_is_lost_and_opened_again()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 1);
        var (lost, outer) = (_server.Tun, KeyOf(_server.Tun.Written[0].Bytes).Source);
        lost.Condition = IoStatus.Lost;
        await Eventually.TrueAsync(() => _server.Tuns.Opened.Count == 2);
        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outer));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        Assert.True(lost.IsDisposed);
    }

    [Fact]
    public async Task Sessions_should_be_kept_when_the_socket_is_lost_and_opened_again()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 1);
        var (lost, outer) = (_server.Socket, KeyOf(_server.Tun.Written[0].Bytes).Source);
        lost.Condition = IoStatus.Lost;
        await Eventually.TrueAsync(() => _server.Sockets.Opened.Count == 2);
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 2);
        Assert.Equal(outer, KeyOf(_server.Tun.Written[1].Bytes).Source);
        Assert.True(lost.IsDisposed);
    }

    [Theory]
    [InlineData("nat")]
    [InlineData("session-expiry")]
    [InlineData("gateway")]
    [InlineData("udp")]
    [InlineData("tun-reader")]
    [InlineData("tun-writer")]
    public async Task Flow_should_go_on_as_it_was_when_a_part_of_the_tree_is_killed(string part)
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 1);
        var outer = KeyOf(_server.Tun.Written[0].Bytes).Source;

        await _server.KillAsync(part);
        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outer));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 2);

        Assert.Equal(outer, KeyOf(_server.Tun.Written[1].Bytes).Source);
        Assert.Equal((1, 1), (_server.Tuns.Attempts, _server.Sockets.Attempts));
    }

    [Fact]
    public async Task Random_bytes_at_both_ends_should_be_counted_and_hurt_nobody()
    {
        var random = new Random(4711);
        for (var i = 0; i < 2000; i++)
        {
            var noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            _server.Socket.Arrive(ClientA, noise);
            _server.Tun.Arrive(noise);
        }

        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 1);
        await Eventually.TrueAsync(() => _server.Line.Drops.Total == 4000);
        Assert.Equal(0, _server.Line.Drops[DropReason.ActorFailed]);
    }
}
