using Akka.Actor;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>The server's whole tree on its event loop, packets in at one end and out at the other.</summary>
public sealed class ServerLineSpecs : IAsyncLifetime
{
    private static readonly InetEndpoint ClientA = PacketBuilder.Endpoint("10.9.0.1:40000");
    private static readonly InetEndpoint ClientB = PacketBuilder.Endpoint("10.9.0.2:40000");

    private readonly TestNat _nat = new();
    private readonly InMemoryDeviceFactory<InMemoryTunDevice> _tuns = new(_ => new InMemoryTunDevice());
    private readonly InMemoryDeviceFactory<InMemoryUdpSocket> _sockets = new(_ => new InMemoryUdpSocket(default));
    private LineSystem _system = null!;

    private InMemoryTunDevice Tun => _tuns.Current!;

    private InMemoryUdpSocket Socket => _sockets.Current!;

    public async Task InitializeAsync() => _system = await StartAsync(_nat);

    public async Task DisposeAsync() => await _system.DisposeAsync();

    [Fact]
    public async Task Two_clients_with_equal_inner_endpoints_should_each_get_their_own_answers()
    {
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", "question"u8);
        Socket.Arrive(ClientA, question);
        Socket.Arrive(ClientB, question);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2);
        var sources = Tun.Written.Select(written => KeyOf(written.Bytes).Source).ToArray();
        Assert.NotEqual(sources[0], sources[1]);

        Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), sources[0], "for A"u8));
        Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), sources[1], "for B"u8));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 2);
        Assert.Equal([ClientA, ClientB], Socket.Sent.Select(sent => sent.Remote));
        Assert.Equal(
            [PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000", "for A"u8), PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000", "for B"u8)],
            Socket.Sent.Select(sent => sent.Bytes));
    }

    [Fact]
    public async Task Fragments_in_reverse_order_should_pass_both_ways()
    {
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", new byte[4000]);
        foreach (var fragment in Fragmenter.Cut(question, 1400, 7).Reverse()) Socket.Arrive(ClientA, fragment);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 3);
        var sent = Fragmenter.Join(Tun.Written.Select(written => written.Bytes));
        Assert.True(PlainChecksum.IsIntact(sent));
        Assert.Equal(PacketBuilder.Endpoint("203.0.113.1:53"), KeyOf(sent).Destination);

        var answer = PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), KeyOf(sent).Source, new byte[4000]);
        foreach (var fragment in Fragmenter.Cut(answer, 1400, 9).Reverse()) Tun.Arrive(fragment);
        await Eventually.TrueAsync(() => Socket.WrittenCount == 3);
        Assert.All(Socket.Sent, datagram => Assert.Equal(ClientA, datagram.Remote));
        var received = Fragmenter.Join(Socket.Sent.Select(datagram => datagram.Bytes));
        Assert.True(PlainChecksum.IsIntact(received));
        Assert.Equal(PacketBuilder.Endpoint("10.61.0.2:5000"), KeyOf(received).Destination);
    }

    [Fact]
    public async Task Gateway_should_answer_echo_requests_and_pass_nothing_on()
    {
        Socket.Arrive(ClientA, PacketBuilder.EchoRequest("10.61.0.2", "192.168.61.1", 77));
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "192.168.61.1:22"));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1 && _system.Line.Drops[DropReason.NotEchoRequest] == 1);
        Assert.Equal(PacketBuilder.EchoReply("192.168.61.1", "10.61.0.2", 77), Assert.Single(Socket.Sent).Bytes);
        Assert.Empty(Tun.Written);
    }

    [Fact]
    public async Task External_address_should_answer_echo_requests_of_clients()
    {
        Socket.Arrive(ClientA, PacketBuilder.EchoRequest(InetAddress.Parse("10.61.0.2"), TestNat.External, 77));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1);
        Assert.Equal(PacketBuilder.EchoReply(TestNat.External, InetAddress.Parse("10.61.0.2"), 77), Assert.Single(Socket.Sent).Bytes);
        Assert.Equal((0, 0), (Tun.WrittenCount, _nat.Table.SessionCount));
    }

    [Fact]
    public async Task Strangers_should_not_be_served()
    {
        Socket.Arrive(PacketBuilder.Endpoint("198.51.100.1:40000"), PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => _system.Line.Drops[DropReason.ForbiddenPeer] == 1);
        Assert.Empty(Tun.Written);
    }

    [Fact]
    public async Task Another_client_should_not_receive_or_use_a_session_that_is_not_its_own()
    {
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
        var outerOfA = KeyOf(Tun.Written[0].Bytes).Source;
        Socket.Arrive(ClientB, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2);
        Assert.NotEqual(outerOfA, KeyOf(Tun.Written[1].Bytes).Source);
        Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outerOfA));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1);
        Assert.Equal(ClientA, Socket.Sent[0].Remote);
    }

    [Fact]
    public async Task Clients_should_reach_each_other_by_their_external_endpoints_without_a_way_through_the_tun()
    {
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", "question"u8);
        Socket.Arrive(ClientA, question);
        Socket.Arrive(ClientB, question);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2);
        var ports = Tun.Written.Select(written => KeyOf(written.Bytes).Source.Port).ToArray();
        var (externalA, externalB) = (new InetEndpoint(TestNat.External, ports[0]), new InetEndpoint(TestNat.External, ports[1]));
        var inner = PacketBuilder.Endpoint("10.61.0.2:5000");

        Socket.Arrive(ClientA, PacketBuilder.Udp(inner, externalB, "unasked"u8)); // B's filter admits whom B has spoken to
        await Eventually.TrueAsync(() => _system.Line.Drops[DropReason.Filtered] == 1);
        Socket.Arrive(ClientB, PacketBuilder.Udp(inner, externalA, "from B"u8));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1);
        Socket.Arrive(ClientA, PacketBuilder.Udp(inner, externalB, "from A"u8));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 2);

        Assert.Equal([ClientA, ClientB], Socket.Sent.Select(sent => sent.Remote));
        Assert.Equal(
            [OneHopLess(PacketBuilder.Udp(externalB, inner, "from B"u8)), OneHopLess(PacketBuilder.Udp(externalA, inner, "from A"u8))],
            Socket.Sent.Select(sent => sent.Bytes));
        Assert.Equal(2, Tun.WrittenCount);
    }

    [Fact]
    public async Task Fragments_should_pass_between_clients_in_whatever_order()
    {
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        Socket.Arrive(ClientB, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2);
        var ports = Tun.Written.Select(written => KeyOf(written.Bytes).Source.Port).ToArray();
        var (externalA, externalB) = (new InetEndpoint(TestNat.External, ports[0]), new InetEndpoint(TestNat.External, ports[1]));
        var inner = PacketBuilder.Endpoint("10.61.0.2:5000");

        Socket.Arrive(ClientB, PacketBuilder.Udp(inner, externalA)); // B's filter admits A from now on
        await Eventually.TrueAsync(() => _system.Line.Drops[DropReason.Filtered] == 1);
        foreach (var fragment in Fragmenter.Cut(PacketBuilder.Udp(inner, externalB, new byte[4000]), 1400, 7).Reverse())
            Socket.Arrive(ClientA, fragment);
        await Eventually.TrueAsync(() => Socket.WrittenCount == 3);

        Assert.All(Socket.Sent, sent => Assert.Equal(ClientB, sent.Remote));
        var received = Fragmenter.Join(Socket.Sent.Select(sent => sent.Bytes));
        Assert.True(PlainChecksum.IsIntact(received));
        Assert.Equal(new FlowKey(IpProtocol.Udp, externalA, inner), KeyOf(received));
    }

    [Fact]
    public async Task Questions_should_be_answered_when_every_port_is_taken_and_a_client_goes_on_asking()
    {
        for (var i = 0; i < 5; i++) Socket.Arrive(ClientA, PacketBuilder.Udp($"10.61.0.2:{5000 + i}", "203.0.113.1:53"));
        for (var i = 0; i < 5; i++) Socket.Arrive(ClientB, PacketBuilder.Udp($"10.61.0.2:{5000 + i}", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 10);
        for (var i = 0; i < 2000; i++)
            Socket.Arrive(PacketBuilder.Endpoint("10.9.0.3:40000"), PacketBuilder.Udp($"10.61.0.2:{5000 + i}", "203.0.113.1:53"));

        var report = await _system.Guardian.Ask<SessionsReport>(new GetSessions(100), TimeSpan.FromSeconds(10));
        Assert.Equal(10, report.SessionCount);
        await Eventually.TrueAsync(() => _system.Line.Drops[DropReason.PortsExhausted] == 2000);
        Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), KeyOf(Tun.Written[0].Bytes).Source));
        await Eventually.TrueAsync(() => Socket.Sent.Any(sent => sent.Remote == ClientA));
    }

    [Fact]
    public async Task Packet_on_its_last_hop_should_be_answered_by_the_gateway_and_open_nothing()
    {
        var last = LastHop(PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:33434", "probe"u8));
        Socket.Arrive(ClientA, last);
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1);

        var sent = Assert.Single(Socket.Sent);
        Assert.Equal(ClientA, sent.Remote);
        Assert.True(PlainChecksum.IsIntact(sent.Bytes));
        Assert.Equal((IcmpType.TimeExceeded, TestNat.Gateway), (sent.Bytes[20], InetAddress.FromBytes(sent.Bytes.AsSpan(12, 4))));
        Assert.Equal(last, sent.Bytes[28..]);
        Assert.Equal((0, 1L), (_nat.Table.SessionCount, _system.Line.Drops[DropReason.TimeToLiveExceeded]));
        Assert.Empty(Tun.Written);
    }

    [Fact]
    public async Task Packets_behind_one_on_its_last_hop_should_go_on()
    {
        var probe = PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.1", 77); // traceroute -I: all hops in one flow
        Socket.Arrive(ClientA, LastHop(probe.ToArray()));
        Socket.Arrive(ClientA, probe);
        Socket.Arrive(ClientA, LastHop(probe.ToArray()));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 2 && Tun.WrittenCount == 1);
        Assert.Equal((1, 2L), (_nat.Table.SessionCount, _system.Line.Drops[DropReason.TimeToLiveExceeded]));
    }

    [Fact]
    public async Task Flood_of_last_hops_should_be_answered_a_few_times_only_and_errors_never()
    {
        Socket.ArriveTogether(ClientA, Enumerable.Repeat(LastHop(PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:33434")), 1000));
        var quote = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000");
        Socket.Arrive(ClientB, LastHop(PacketBuilder.Icmp(
            InetAddress.Parse("10.61.0.2"), InetAddress.Parse("203.0.113.1"), IcmpType.DestinationUnreachable, payload: quote)));
        await Eventually.TrueAsync(() => _system.Line.Drops.Total == 1001 && Socket.WrittenCount >= 1);
        Assert.InRange(Socket.WrittenCount, 1, 20);
        Assert.All(Socket.Sent, sent => Assert.Equal(ClientA, sent.Remote));
    }

    [Fact]
    public async Task External_address_should_stay_closed_at_ports_that_no_mapping_has()
    {
        Socket.Arrive(ClientA, PacketBuilder.Udp(PacketBuilder.Endpoint("10.61.0.2:5000"), new InetEndpoint(TestNat.External, 20005)));
        await Eventually.TrueAsync(() => _system.Line.Drops[DropReason.ForbiddenDestination] == 1);
        Assert.Empty(Tun.Written);
    }

    [Fact]
    public async Task Sessions_should_be_kept_when_the_tun_is_lost_and_opened_again()
    {
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
        var (lost, outer) = (Tun, KeyOf(Tun.Written[0].Bytes).Source);
        lost.Condition = IoStatus.Lost;
        await Eventually.TrueAsync(() => _tuns.Opened.Count == 2);
        Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outer));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1);
        Assert.True(lost.IsDisposed);
    }

    [Fact]
    public async Task Sessions_should_be_kept_when_the_socket_is_lost_and_opened_again()
    {
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
        var (lost, outer) = (Socket, KeyOf(Tun.Written[0].Bytes).Source);
        lost.Condition = IoStatus.Lost;
        await Eventually.TrueAsync(() => _sockets.Opened.Count == 2);
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2);
        Assert.Equal(outer, KeyOf(Tun.Written[1].Bytes).Source);
        Assert.True(lost.IsDisposed);
    }

    [Fact]
    public async Task Report_should_list_the_sessions_with_what_they_carried()
    {
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
        var report = await _system.Guardian.Ask<SessionsReport>(new GetSessions(10), TimeSpan.FromSeconds(10));
        var session = Assert.Single(report.Sessions);
        Assert.Equal((ClientA.ToString(), PacketBuilder.Endpoint("203.0.113.1:53"), 1L), (session.Client, session.Remote, session.Outbound.Packets));
    }

    [Fact]
    public async Task Errors_should_reach_the_client_and_the_remote_that_they_concern()
    {
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53");
        Socket.Arrive(ClientA, question);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
        var (sent, outer) = (Tun.Written[0].Bytes, KeyOf(Tun.Written[0].Bytes).Source);
        var router = InetAddress.Parse("198.51.100.9");
        Tun.Arrive(PacketBuilder.Icmp(router, outer.Address, IcmpType.TimeExceeded, payload: sent));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1);
        Assert.Equal(
            PacketBuilder.Icmp(router, InetAddress.Parse("10.61.0.2"), IcmpType.TimeExceeded, payload: question), Socket.Sent[0].Bytes);

        var remote = PacketBuilder.Endpoint("203.0.113.1:53");
        var answer = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000");
        Socket.Arrive(ClientA, PacketBuilder.Icmp(
            InetAddress.Parse("10.61.0.2"), remote.Address, IcmpType.DestinationUnreachable, payload: answer));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2);
        Assert.Equal(
            PacketBuilder.Icmp(outer.Address, remote.Address, IcmpType.DestinationUnreachable, payload: PacketBuilder.Udp(remote, outer)),
            Tun.Written[1].Bytes);
    }

    [Fact]
    public async Task Errors_about_unknown_flows_should_open_no_session()
    {
        var quote = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000");
        Socket.Arrive(ClientA, PacketBuilder.Icmp(
            InetAddress.Parse("10.61.0.2"), InetAddress.Parse("203.0.113.1"), IcmpType.DestinationUnreachable, payload: quote));
        await Eventually.TrueAsync(() => _system.Line.Drops[DropReason.NoSession] == 1);
        Assert.Equal(0, _nat.Table.SessionCount);
        Assert.Empty(Tun.Written);
    }

    [Fact]
    public async Task Errors_from_outside_about_unknown_flows_should_open_no_session_even_where_anyone_may_call()
    {
        var open = new TestNat(new NatFiltering(Filtering.EndpointIndependent, Filtering.EndpointIndependent));
        await using var system = await StartAsync(open);
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
        var outer = KeyOf(Tun.Written[0].Bytes).Source;
        var neverSent = PacketBuilder.Udp(outer, PacketBuilder.Endpoint("203.0.113.99:53"));
        Tun.Arrive(PacketBuilder.Icmp(InetAddress.Parse("198.51.100.9"), outer.Address, IcmpType.TimeExceeded, payload: neverSent));
        await Eventually.TrueAsync(() => system.Line.Drops[DropReason.NoSession] == 1);
        Assert.Equal(1, open.Table.SessionCount);
        Assert.Empty(Socket.Sent);
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
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
        var outer = KeyOf(Tun.Written[0].Bytes).Source;

        var killed = await _system.PartAsync(part);
        killed.Tell(Kill.Instance);
        Assert.Equal(killed, (await killed.Ask<ActorIdentity>(new Identify(0), TimeSpan.FromSeconds(10))).Subject);
        Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.1:53"), outer));
        await Eventually.TrueAsync(() => Socket.WrittenCount == 1);
        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2);

        Assert.Equal(outer, KeyOf(Tun.Written[1].Bytes).Source);
        Assert.Equal((1, 1), (_tuns.Attempts, _sockets.Attempts));
    }

    [Fact]
    public async Task Random_bytes_at_both_ends_should_be_counted_and_hurt_nobody()
    {
        var random = new Random(4711);
        for (var i = 0; i < 2000; i++)
        {
            var noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            Socket.Arrive(ClientA, noise);
            Tun.Arrive(noise);
        }

        Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
        await Eventually.TrueAsync(() => _system.Line.Drops.Total == 4000);
        Assert.Equal(0, _system.Line.Drops[DropReason.ActorFailed]);
    }

    private Task<LineSystem> StartAsync(TestNat nat) => LineSystem.StartAsync(new ServerLine(
        _tuns, _sockets, new PlainTransport(), nat.Table, nat.Peers, nat.Destinations, nat.Hairpin, nat.PortMapper, [TestNat.Gateway],
        TimeSpan.FromSeconds(1)));

    private static byte[] LastHop(byte[] packet)
    {
        packet[8] = 1;
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }

    private static byte[] OneHopLess(byte[] packet)
    {
        packet[8]--;
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }

    private static FlowKey KeyOf(byte[] packet)
    {
        Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var key));
        return key;
    }
}
