using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>Flows of clients and the answers to them, through the server's whole tree on its event loop.</summary>
public sealed class ServerPassingSpecs : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Two_clients_with_equal_inner_endpoints_should_each_get_their_own_answers()
    {
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", "question"u8);
        _server.Socket.Arrive(ClientA, question);
        _server.Socket.Arrive(ClientB, question);
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 2);
        var sources = _server.Tun.Written.Select(written => KeyOf(written.Bytes).Source).ToArray();
        Assert.NotEqual(sources[0], sources[1]);

        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), sources[0], "for A"u8));
        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), sources[1], "for B"u8));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 2);
        Assert.Equal([ClientA, ClientB], _server.Socket.Sent.Select(sent => sent.Remote));
        Assert.Equal(
            [
                PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000", "for A"u8),
                PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000", "for B"u8),
            ],
            _server.Socket.Sent.Select(sent => sent.Bytes));
    }

    [Fact]
    public async Task Fragments_in_reverse_order_should_pass_both_ways()
    {
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", new byte[4000]);
        foreach (var fragment in Fragmenter.Cut(question, 1400, 7).Reverse()) _server.Socket.Arrive(ClientA, fragment);
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 3);
        var sent = Fragmenter.Join(_server.Tun.Written.Select(written => written.Bytes));
        Assert.True(PlainChecksum.IsIntact(sent));
        Assert.Equal(PacketBuilder.Endpoint("203.0.113.1:53"), KeyOf(sent).Destination);

        var answer = PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), KeyOf(sent).Source, new byte[4000]);
        foreach (var fragment in Fragmenter.Cut(answer, 1400, 9).Reverse()) _server.Tun.Arrive(fragment);
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 3);
        Assert.All(_server.Socket.Sent, datagram => Assert.Equal(ClientA, datagram.Remote));
        var received = Fragmenter.Join(_server.Socket.Sent.Select(datagram => datagram.Bytes));
        Assert.True(PlainChecksum.IsIntact(received));
        Assert.Equal(PacketBuilder.Endpoint("10.61.0.2:5000"), KeyOf(received).Destination);
    }

    [Fact]
    public async Task Strangers_should_not_be_served()
    {
        _server.Socket.Arrive(PacketBuilder.Endpoint("198.51.100.1:40000"), PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.ForbiddenPeer] == 1);
        Assert.Empty(_server.Tun.Written);
    }

    [Fact]
    public async Task Another_client_should_not_receive_or_use_a_session_that_is_not_its_own()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 1);
        var outerOfA = KeyOf(_server.Tun.Written[0].Bytes).Source;
        _server.Socket.Arrive(ClientB, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 2);
        Assert.NotEqual(outerOfA, KeyOf(_server.Tun.Written[1].Bytes).Source);
        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outerOfA));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        Assert.Equal(ClientA, _server.Socket.Sent[0].Remote);
    }

    [Fact]
    public async Task Questions_should_be_answered_when_every_port_is_taken_and_a_client_goes_on_asking()
    {
        for (var i = 0; i < 5; i++) _server.Socket.Arrive(ClientA, PacketBuilder.Udp($"10.61.0.2:{5000 + i}", "203.0.113.1:53"));
        for (var i = 0; i < 5; i++) _server.Socket.Arrive(ClientB, PacketBuilder.Udp($"10.61.0.2:{5000 + i}", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 10);
        for (var i = 0; i < 2000; i++)
            _server.Socket.Arrive(PacketBuilder.Endpoint("10.9.0.3:40000"), PacketBuilder.Udp($"10.61.0.2:{5000 + i}", "203.0.113.1:53"));

        var report = await _server.Guardian.Ask<SessionsReport>(new GetSessions(100), TimeSpan.FromSeconds(10));
        Assert.Equal(10, report.SessionCount);
        await Eventually.TrueAsync(() => _server.Line.Drops.Total == 2000); // some of them, on a busy machine, as TooManyNewFlows
        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), KeyOf(_server.Tun.Written[0].Bytes).Source));
        await Eventually.TrueAsync(() => _server.Socket.Sent.Any(sent => sent.Remote == ClientA));
    }

    [Fact]
    public async Task Report_should_list_the_sessions_with_what_they_carried()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 1);
        var report = await _server.Guardian.Ask<SessionsReport>(new GetSessions(10), TimeSpan.FromSeconds(10));
        var session = Assert.Single(report.Sessions);
        Assert.Equal(
            (ClientA.ToString(), PacketBuilder.Endpoint("203.0.113.1:53"), 1L), (session.Client, session.Remote, session.Outbound.Packets));
    }

    [Fact]
    public async Task Reports_should_tell_of_peers_and_devices()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        for (var i = 0; i < 2; i++) _server.Socket.Arrive(ClientB, PacketBuilder.Udp($"10.61.0.2:{5000 + i}", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 3);

        var peers = await _server.Guardian.Ask<PeersReport>(new GetPeers(1), TimeSpan.FromSeconds(10));
        var devices = await _server.Guardian.Ask<DevicesReport>(GetDevices.Instance, TimeSpan.FromSeconds(10));

        var busiest = Assert.Single(peers.Peers);
        Assert.Equal((ClientB.ToString(), 2, 2L), (busiest.Endpoint, busiest.Sessions, busiest.Received.Packets));
        Assert.Equal(3, peers.MappingCount);
        Assert.Equal(2, devices.Devices.Count(device => device.Offload is not null));
    }

    [Fact]
    public async Task Errors_should_reach_the_client_and_the_remote_that_they_concern()
    {
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53");
        _server.Socket.Arrive(ClientA, question);
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 1);
        var (sent, outer) = (_server.Tun.Written[0].Bytes, KeyOf(_server.Tun.Written[0].Bytes).Source);
        var router = InetAddress.Parse("198.51.100.9");
        _server.Tun.Arrive(PacketBuilder.Icmp(router, outer.Address, IcmpType.TimeExceeded, payload: sent));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        Assert.Equal(
            PacketBuilder.Icmp(router, InetAddress.Parse("10.61.0.2"), IcmpType.TimeExceeded, payload: question),
            _server.Socket.Sent[0].Bytes);

        var remote = PacketBuilder.Endpoint("203.0.113.1:53");
        var answer = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000");
        _server.Socket.Arrive(ClientA, PacketBuilder.Icmp(
            InetAddress.Parse("10.61.0.2"), remote.Address, IcmpType.DestinationUnreachable, payload: answer));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 2);
        Assert.Equal(
            PacketBuilder.Icmp(outer.Address, remote.Address, IcmpType.DestinationUnreachable, payload: PacketBuilder.Udp(remote, outer)),
            _server.Tun.Written[1].Bytes);
    }

    [Fact]
    public async Task Errors_about_unknown_flows_should_open_no_session()
    {
        var quote = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000");
        _server.Socket.Arrive(ClientA, PacketBuilder.Icmp(
            InetAddress.Parse("10.61.0.2"), InetAddress.Parse("203.0.113.1"), IcmpType.DestinationUnreachable, payload: quote));
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.NoSession] == 1);
        Assert.Equal(0, _server.Nat.Table.SessionCount);
        Assert.Empty(_server.Tun.Written);
    }

    [Fact]
    public async Task Errors_from_outside_about_unknown_flows_should_open_no_session_even_where_anyone_may_call()
    {
        await using var open = await StartAsync(new TestNat(NatFiltering.Open));
        open.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => open.Tun.WrittenCount == 1);
        var outer = KeyOf(open.Tun.Written[0].Bytes).Source;
        var neverSent = PacketBuilder.Udp(outer, PacketBuilder.Endpoint("203.0.113.99:53"));
        open.Tun.Arrive(PacketBuilder.Icmp(InetAddress.Parse("198.51.100.9"), outer.Address, IcmpType.TimeExceeded, payload: neverSent));
        await Eventually.TrueAsync(() => open.Line.Drops[DropReason.NoSession] == 1);
        Assert.Equal(1, open.Nat.Table.SessionCount);
        Assert.Empty(open.Socket.Sent);
    }
}
