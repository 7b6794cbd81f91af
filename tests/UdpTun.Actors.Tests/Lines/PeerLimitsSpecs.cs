using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>What one client may take, through the server's whole tree; the other client beside it has no limits.</summary>
public sealed class PeerLimitsSpecs : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    private async Task LimitAsync(PeerLimits limits, long used = 0) => Assert.Equal(DropReason.None, await _server.OnLoopAsync(() =>
    {
        var reason = _server.Nat.Peers.Admit(ClientA, _server.Line.Now, out var peer);
        if (reason == DropReason.None) peer.Allowance = new PeerAllowance(limits, used);
        return reason;
    }));

    private void Send(InetEndpoint client, int innerPort, string remote = "203.0.113.1:53", int bytes = 100) =>
        _server.Socket.Arrive(client, PacketBuilder.Udp($"10.61.0.2:{innerPort}", remote, new byte[bytes]));

    private Task DroppedAsync(DropReason reason, long count) => Eventually.TrueAsync(() => _server.Line.Drops[reason] == count);

    private Task WrittenAsync(int count) => Eventually.TrueAsync(() => _server.Tun.WrittenCount == count);

    [Fact]
    public async Task Flows_above_the_limits_should_be_refused_and_known_ones_go_on()
    {
        await LimitAsync(new PeerLimits { MaxSessions = 2 });
        foreach (var port in new[] { 5000, 5001, 5002, 5000 }) Send(ClientA, port);
        foreach (var port in new[] { 5000, 5001, 5002 }) Send(ClientB, port);

        await WrittenAsync(6);
        await DroppedAsync(DropReason.PeerTooManySessions, 1);
        // The client is told: ICMP, administratively prohibited.
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        Assert.Equal((ClientA, 3, 13), (_server.Socket.Sent[0].Remote, _server.Socket.Sent[0].Bytes[20], _server.Socket.Sent[0].Bytes[21]));
    }

    [Fact]
    public async Task New_flows_should_be_bounded_by_the_second()
    {
        await LimitAsync(new PeerLimits { NewFlowsPerSecond = 1 });
        Send(ClientA, 5000);
        await WrittenAsync(1);
        for (var port = 6000; port < 6020; port++) Send(ClientA, port);

        await Eventually.TrueAsync(() => _server.Tun.WrittenCount + _server.Line.Drops[DropReason.PeerTooManyNewFlows] == 21);
        // As many as seconds have passed on a slow machine.
        Assert.InRange(_server.Line.Drops[DropReason.PeerTooManyNewFlows], 10, 20);
    }

    [Fact]
    public async Task Bytes_above_the_rate_should_be_dropped_both_ways()
    {
        await LimitAsync(new PeerLimits { BytesPerSecond = 1 });
        Send(ClientA, 5000);
        await WrittenAsync(1);
        var outer = KeyOf(_server.Tun.Written[0].Bytes).Source;
        // A bucket holds 256 KiB, and the last batch out of it may exceed it, however many packets came in one burst: 1400 + 28 bytes each.
        var traffic = _server.Line.Traffic;
        for (var round = 1; round <= 2; round++)
        {
            for (var i = 0; i < 300; i++)
            {
                Send(ClientA, 5000, bytes: 1400);
                _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outer, new byte[1400]));
            }

            var all = 1 + (round * 600);
            await Eventually.TrueAsync(() =>
                traffic.ToTun.Packets + traffic.ToUdp.Packets + _server.Line.Drops[DropReason.PeerRateExceeded] == all);
        }

        Assert.InRange(traffic.ToTun.Packets, 184, 301);
        Assert.InRange(traffic.ToUdp.Packets, 184, 300);
    }

    [Fact]
    public async Task Used_quota_should_end_all_traffic_of_the_client_alone()
    {
        await LimitAsync(new PeerLimits { Quota = 300 }, used: 100);
        Send(ClientA, 5000);
        await WrittenAsync(1);
        Send(ClientA, 5000);
        await WrittenAsync(2);
        Send(ClientA, 5000);
        Send(ClientB, 5000);

        await WrittenAsync(3);
        await DroppedAsync(DropReason.PeerQuotaExhausted, 1);
        var outer = KeyOf(_server.Tun.Written[0].Bytes).Source;
        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outer, new byte[10]));
        await DroppedAsync(DropReason.PeerQuotaExhausted, 2);
        Assert.Equal(0, _server.Socket.WrittenCount);
    }

    [Fact]
    public async Task Destinations_should_be_opened_and_closed_for_the_client_alone()
    {
        await LimitAsync(new PeerLimits
        {
            AllowedDestinations = [InetPrefix.Parse("10.1.0.0/16")],
            DeniedDestinations = [InetPrefix.Parse("198.51.100.0/24")],
        });
        Send(ClientA, 5000, "10.1.0.1:53");
        Send(ClientA, 5001, "198.51.100.1:53");
        Send(ClientB, 5000, "10.1.0.1:53");
        Send(ClientB, 5001, "198.51.100.1:53");

        await WrittenAsync(2);
        await DroppedAsync(DropReason.PeerForbiddenDestination, 1);
        await DroppedAsync(DropReason.ForbiddenDestination, 1);
        Assert.Equal(
            ["10.1.0.1:53", "198.51.100.1:53"], _server.Tun.Written.Select(packet => $"{KeyOf(packet.Bytes).Destination}").Order(StringComparer.Ordinal));
    }
}
