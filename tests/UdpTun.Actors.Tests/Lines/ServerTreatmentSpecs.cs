using System.Buffers;
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Treatment.Capture;
using UdpTun.Net.Treatment.Faults;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>What an operator does to a flow or a peer, through the server's whole tree on its event loop.</summary>
public sealed class ServerTreatmentSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly SessionId First = new(1);
    private static readonly SessionId Unknown = new(99);

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync(); // which fails when a buffer is not given back

    [Fact]
    public async Task Fault_on_one_flow_should_leave_its_neighbours_whole()
    {
        await OpenAsync(5000);
        await OpenAsync(5001);
        var report = await AskAsync<TreatmentReport>(new SetFaults(First, new FlowFaults { Loss = 0.5, Seed = 3 }));
        Assert.Equal(("udp-1", 0.5), (report.Session, report.Faults?.Loss));

        for (var i = 0; i < 100; i++)
        {
            Send(5000);
            Send(5001);
        }

        await Eventually.TrueAsync(() => Written(5001) == 101 && Written(5000) + _server.Line.Drops[DropReason.FaultInjected] == 101);
        Assert.InRange(_server.Line.Drops[DropReason.FaultInjected], 20, 80);
        Assert.Equal(_server.Line.Drops[DropReason.FaultInjected], _server.Line.Drops.Total);
    }

    [Fact]
    public async Task Blackhole_should_hold_what_comes_back_too_and_end_when_it_is_told()
    {
        var outer = await OpenAsync(5000);
        await AskAsync<TreatmentReport>(new SetFaults(First, new FlowFaults { IsBlackhole = true, Outbound = false }));
        Answer(outer);
        Send(5000);
        await Eventually.TrueAsync(() => Written(5000) == 2 && _server.Line.Drops[DropReason.FaultInjected] == 1);
        Assert.Equal(0, _server.Socket.WrittenCount);

        var report = await AskAsync<TreatmentReport>(new SetFaults(First, null));
        Assert.Null(report.Faults);
        Answer(outer);
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
    }

    [Fact]
    public async Task Delayed_packets_should_come_later_in_order_and_whole()
    {
        await OpenAsync(5000);
        await OpenAsync(5001);
        await AskAsync<TreatmentReport>(new SetFaults(First, new FlowFaults { Delay = TimeSpan.FromMilliseconds(200) }));
        _server.Socket.ArriveTogether(ClientA, [.. Enumerable.Range(0, 10).Select(i => Packet(5000, (byte)i)), Packet(5001, 99)]);
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 13);
        Assert.Equal([99, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], _server.Tun.Written.Skip(2).Select(packet => packet.Bytes[^1]));
        Assert.All(_server.Tun.Written, packet => Assert.True(PlainChecksum.IsIntact(packet.Bytes)));
        Assert.Equal(0, _server.Line.Drops.Total);
    }

    [Fact]
    public async Task Limit_should_count_what_is_too_fast()
    {
        await OpenAsync(5000);
        var report = await AskAsync<TreatmentReport>(new SetLimit(First, new BitRate(80_000)));
        Assert.Equal(80_000, report.Limit?.BitsPerSecond);
        for (var i = 0; i < 20; i++)
            _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", new byte[900]));
        await Eventually.TrueAsync(() => Written(5000) - 1 + _server.Line.Drops[DropReason.OverLimit] == 20);
        Assert.InRange(_server.Line.Drops[DropReason.OverLimit], 1, 18);
        Assert.Null((await AskAsync<TreatmentReport>(new SetLimit(First, null))).Limit);
    }

    [Fact]
    public async Task What_waits_when_its_session_ends_should_be_counted()
    {
        await OpenAsync(5000);
        await AskAsync<TreatmentReport>(new SetFaults(First, new FlowFaults { Delay = TimeSpan.FromSeconds(10) }));
        for (var i = 0; i < 3; i++) Send(5000);
        await Eventually.TrueAsync(() => _server.Line.Traffic.FromUdp.Packets == 4);
        var session = await _server.OnLoopAsync(() => _server.Nat.Table.Sessions.Single());
        await _server.OnLoopAsync(() =>
        {
            _server.Nat.Table.Close(session, _server.Line.Now);
            ((IActorRef)session.Handler!).Tell(SessionExpired.Instance);
            return true;
        });
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.NoSession] == 3);
    }

    [Fact]
    public async Task Failing_session_actor_should_keep_its_treatment()
    {
        await OpenAsync(5000);
        await AskAsync<TreatmentReport>(new SetFaults(First, new FlowFaults { IsBlackhole = true }));
        var session = await _server.OnLoopAsync(() => _server.Nat.Table.Sessions.Single());
        ((IActorRef)session.Handler!).Tell(new FlowBatch(null!, default, default, Direction.Outbound)); // a bug somewhere
        Send(5000);
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.FaultInjected] == 1);
    }

    [Fact]
    public async Task Tap_of_a_peer_should_have_present_and_future_sessions_and_refused_flows_but_nobody_elses()
    {
        await OpenAsync(5000);
        var tap = new PacketTap(1 << 20);
        var started = await AskAsync<TapStarted>(new TapPeer(ClientA.ToString(), tap));
        Assert.Equal((ClientA.ToString(), 1), (started.Name, started.Sessions));
        Send(5000);
        _server.Socket.Arrive(ClientB, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 3);
        await OpenAsync(5001);
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5002", "10.0.0.1:53")); // a private destination
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.ForbiddenDestination] == 1);
        await Eventually.TrueAsync(() => tap.Seen(CaptureSide.Inner).Packets == 3);
        Assert.Equal(2, tap.Seen(CaptureSide.Outer).Packets);
        Assert.Equal(TapEnded.Instance, await started.Nat.Ask<object>(new EndTap(tap), Patience));
        await OpenAsync(5003);
        Send(5000);
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 6);
        Assert.Equal(3, tap.Seen(CaptureSide.Inner).Packets);
        Assert.True(await _server.OnLoopAsync(() => _server.Nat.Table.Sessions.All(session => session.Treatment is null)));
        Assert.Contains("ForbiddenDestination", Text(tap));
    }

    [Fact]
    public async Task Tap_should_show_a_delayed_packet_when_it_goes_on_and_a_spent_one_when_it_is_dropped()
    {
        await OpenAsync(5000);
        var tap = new PacketTap(1 << 20);
        await AskAsync<TapStarted>(new TapSession(First, tap));
        await AskAsync<TreatmentReport>(new SetFaults(First, new FlowFaults { Delay = TimeSpan.FromMilliseconds(20) }));
        Send(5000);
        await Eventually.TrueAsync(() => Written(5000) == 2 && tap.Seen(CaptureSide.Outer).Packets == 1);
        Assert.Equal(1, tap.Seen(CaptureSide.Inner).Packets);

        var spent = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53");
        spent[8] = 1;
        _server.Socket.Arrive(ClientA, PacketBuilder.RefreshHeaderChecksum(spent));
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.TimeToLiveExceeded] == 1);
        await Eventually.TrueAsync(() => Text(tap).Contains("udp-1: dropped, TimeToLiveExceeded"));
        Assert.Equal(2, tap.Seen(CaptureSide.Inner).Packets);
    }

    [Fact]
    public async Task Unknown_names_should_be_told_as_such()
    {
        Assert.Same(NoSuchSession.Instance, await AskAsync<object>(new SetFaults(Unknown, null)));
        Assert.Same(NoSuchSession.Instance, await AskAsync<object>(new TapSession(Unknown, new PacketTap(64))));
        Assert.Empty((await AskAsync<PeerNotFound>(new TapPeer("10.9.9.9", new PacketTap(64)))).Matches);
        Assert.Empty((await AskAsync<PeerNotFound>(new PingPeer("nobody", 56))).Matches);
        await OpenAsync(5000);
        _server.Socket.Arrive(ClientB, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == 2);
        Assert.Equal(2, (await AskAsync<PeerNotFound>(new PingPeer("10.61.0.2", 56))).Matches.Count);
    }

    [Fact]
    public async Task Ping_should_reach_the_peers_inner_address_and_tell_the_round_trip()
    {
        await OpenAsync(5000);
        var asked = AskAsync<object>(new PingPeer("10.61.0.2", 56));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        var request = _server.Socket.Sent[0];
        Assert.Equal(ClientA, request.Remote);
        Assert.True(PlainChecksum.IsIntact(request.Bytes));
        Assert.Equal((TestNat.Gateway, InetAddress.Parse("10.61.0.2"), 84),
            (KeyOf(request.Bytes).Source.Address, KeyOf(request.Bytes).Destination.Address, request.Bytes.Length));

        var reply = request.Bytes.ToArray();
        Assert.Equal(DropReason.None, Net.Icmp.EchoResponder.Answer(reply));
        _server.Socket.Arrive(ClientB, reply); // somebody else's
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.NotEchoRequest] == 1);
        Assert.False(asked.IsCompleted);
        _server.Socket.Arrive(ClientA, reply);
        var pinged = Assert.IsType<PeerPinged>(await asked);
        Assert.Equal((ClientA.ToString(), "10.61.0.2"), (pinged.Client, pinged.Inner));
        Assert.InRange(pinged.RoundTrip, TimeSpan.Zero, Patience);
        _server.Socket.Arrive(ClientA, reply); // again: nobody waits for it
        await Eventually.TrueAsync(() => _server.Line.Drops[DropReason.NotEchoRequest] == 2);
    }

    private static string Text(PacketTap tap)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new CaptureWriter(tap, bytes, DateTimeOffset.UnixEpoch);
        writer.Write(1 << 20);
        return System.Text.Encoding.Latin1.GetString(bytes.WrittenSpan);
    }

    private Task<T> AskAsync<T>(object command) => _server.Guardian.Ask<T>(command, Patience);

    private static byte[] Packet(ushort port, byte mark) => PacketBuilder.Udp($"10.61.0.2:{port}", "203.0.113.1:53", [1, 2, mark]);

    private void Send(ushort port, byte mark = 0) => _server.Socket.Arrive(ClientA, Packet(port, mark));

    private void Answer(InetEndpoint outer) =>
        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outer, "answer"u8));

    private async Task<InetEndpoint> OpenAsync(ushort port)
    {
        var written = _server.Tun.WrittenCount;
        Send(port);
        await Eventually.TrueAsync(() => _server.Tun.WrittenCount == written + 1);
        return KeyOf(_server.Tun.Written[written].Bytes).Source;
    }

    // TestNat keeps a port where it can; those of its range alone are free, so the outer port is looked up by the payload's flow.
    private int Written(ushort port)
    {
        var outer = _server.Nat.Table.Sessions.ToList().FirstOrDefault(session => session.Mapping.Inner.Port == port)?.Mapping.Outer;
        return _server.Tun.Written.Count(packet => KeyOf(packet.Bytes).Source == outer);
    }
}
