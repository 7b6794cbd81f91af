using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;
using UdpTun.Testing.Io;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>Two shards of one server on two event loops. Every test ends with no burst of either outstanding.</summary>
public sealed class ServerShardsSpecs : IAsyncLifetime
{
    private static readonly InetEndpoint Remote = PacketBuilder.Endpoint("203.0.113.1:53");
    private static readonly InetEndpoint Inner = PacketBuilder.Endpoint("10.61.0.2:5000");

    private ShardedServer _server = null!;

    public async Task InitializeAsync() => _server = await ShardedServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Each_shard_should_give_out_ports_of_its_own()
    {
        var (first, second) = (await _server.OpenAsync(0, ClientA), await _server.OpenAsync(1, ClientB));
        Assert.True(new PortRange(20000, 20004).Contains(first.Port));
        Assert.True(new PortRange(20005, 20009).Contains(second.Port));
        Assert.Equal(0, HandedOver);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Packet_at_the_wrong_queue_should_reach_its_session_once_and_be_counted(int home)
    {
        var other = 1 - home;
        var outer = await _server.OpenAsync(home, ClientA);
        // In a few bursts: of one packet each, there may be more on their way than a shard has buffers for.
        for (var i = 0; i < 10; i++) _server.Tun(other).ArriveTogether(Enumerable.Repeat(PacketBuilder.Udp(Remote, outer, "answer"u8), 30));
        await Eventually.TrueAsync(() => _server.Socket(home).WrittenCount == 300);

        Assert.All(_server.Socket(home).Sent, sent => Assert.Equal((ClientA, "answer"), (sent.Remote, Text(sent.Bytes[28..]))));
        Assert.Equal((300, 0), (_server.Line(other).Traffic.HandedOver.Packets, _server.Line(home).Traffic.HandedOver.Packets));
        Assert.Equal((0, 0), (_server.Socket(other).WrittenCount, _server.Line(0).Drops.Total));
    }

    [Fact]
    public async Task Packet_at_the_right_queue_should_not_be_handed_over()
    {
        var outer = await _server.OpenAsync(1, ClientA);
        _server.Tun(1).Arrive(PacketBuilder.Udp(Remote, outer));
        await Eventually.TrueAsync(() => _server.Socket(1).WrittenCount == 1);
        Assert.Equal(0, HandedOver);
    }

    [Fact]
    public async Task Packet_for_a_port_without_mapping_should_be_dropped_by_its_owner_and_go_no_further()
    {
        _server.Tun(0).Arrive(PacketBuilder.Udp(Remote, new InetEndpoint(TestNat.Outer, 20007)));
        _server.Tun(0).Arrive(PacketBuilder.Udp(Remote, new InetEndpoint(TestNat.Outer, 30000))); // nobody's
        await Eventually.TrueAsync(() => _server.Line(0).Drops[DropReason.NoSession] == 2);
        Assert.Equal(1, HandedOver);
    }

    [Fact]
    public async Task Stranger_at_the_wrong_queue_should_open_a_session_with_the_mappings_shard()
    {
        var outer = await _server.OpenAsync(1, ClientA);
        _server.Tun(0).Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("203.0.113.77:9"), outer));
        await Eventually.TrueAsync(() => _server.Socket(1).WrittenCount == 1);
        Assert.Equal((0, 2), (_server.Table(0).SessionCount, _server.Table(1).SessionCount));
    }

    [Fact]
    public async Task Fragments_at_the_wrong_queue_should_follow_their_first_one_in_whatever_order()
    {
        var outer = await _server.OpenAsync(1, ClientA);
        var answer = PacketBuilder.Udp(Remote, outer, new byte[4000]);
        foreach (var fragment in Fragmenter.Cut(answer, 1400, 7).Reverse()) _server.Tun(0).Arrive(fragment);
        await Eventually.TrueAsync(() => _server.Socket(1).WrittenCount == 3);
        var received = Fragmenter.Join(_server.Socket(1).Sent.Select(sent => sent.Bytes));
        Assert.True(PlainChecksum.IsIntact(received));
        Assert.Equal(new FlowKey(IpProtocol.Udp, Remote, Inner), KeyOf(received));
    }

    [Fact]
    public async Task Error_at_the_wrong_queue_should_reach_the_client_that_it_concerns()
    {
        var outer = await _server.OpenAsync(1, ClientA);
        var router = InetAddress.Parse("198.51.100.9");
        _server.Tun(0).Arrive(PacketBuilder.Icmp(router, outer.Address, IcmpType.TimeExceeded, payload: _server.Tun(1).Written[0].Bytes));
        await Eventually.TrueAsync(() => _server.Socket(1).WrittenCount == 1);
        Assert.Equal(router, InetAddress.FromBytes(_server.Socket(1).Sent[0].Bytes.AsSpan(12, 4)));
    }

    [Fact]
    public async Task Echo_reply_at_the_wrong_queue_should_be_known_by_its_identifier()
    {
        _server.Socket(1).Arrive(ClientA, PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.1", 77));
        await Eventually.TrueAsync(() => _server.Tun(1).WrittenCount == 1);
        var request = KeyOf(_server.Tun(1).Written[0].Bytes);
        _server.Tun(0).Arrive(PacketBuilder.EchoReply(request.Destination.Address, request.Source.Address, request.Source.Port));
        await Eventually.TrueAsync(() => _server.Socket(1).WrittenCount == 1);
        Assert.Equal(PacketBuilder.EchoReply("203.0.113.1", "10.61.0.2", 77), _server.Socket(1).Sent[0].Bytes);
    }

    [Fact]
    public async Task Clients_of_two_shards_should_reach_each_other_by_their_external_endpoints()
    {
        var (outerA, outerB) = (await _server.OpenAsync(0, ClientA), await _server.OpenAsync(1, ClientB));
        var (externalA, externalB) = (outerA with { Address = TestNat.External }, outerB with { Address = TestNat.External });

        _server.Socket(0).Arrive(ClientA, PacketBuilder.Udp(Inner, externalB, "from A"u8));
        await Eventually.TrueAsync(() => _server.Socket(1).WrittenCount == 1);
        _server.Socket(1).Arrive(ClientB, PacketBuilder.Udp(Inner, externalA, "from B"u8));
        await Eventually.TrueAsync(() => _server.Socket(0).WrittenCount == 1);

        var (atB, atA) = (_server.Socket(1).Sent[0], _server.Socket(0).Sent[0]);
        Assert.Equal((ClientB, ClientA), (atB.Remote, atA.Remote));
        Assert.Equal(new FlowKey(IpProtocol.Udp, externalA, Inner), KeyOf(atB.Bytes));
        Assert.Equal(new FlowKey(IpProtocol.Udp, externalB, Inner), KeyOf(atA.Bytes));
        Assert.True(PlainChecksum.IsIntact(atA.Bytes) && PlainChecksum.IsIntact(atB.Bytes));
        Assert.Equal((1, 1), (_server.Tun(0).WrittenCount, _server.Tun(1).WrittenCount));
    }

    [Fact]
    public async Task Joined_packets_should_reach_a_client_of_another_shard_in_one_piece()
    {
        await using var server = await ShardedServer.StartAsync(
            new InMemoryTunDevice { Offload = new TunOffload(true, true) }, new InMemoryTunDevice { Offload = new TunOffload(true, true) });
        var (_, outerB) = (await server.OpenAsync(0, ClientA), await server.OpenAsync(1, ClientB));
        var externalB = outerB with { Address = TestNat.External };
        server.Socket(0).Arrive(ClientA, PacketBuilder.Udp(Inner, externalB, new byte[1000])); // opens the session; known flows are joined
        await Eventually.TrueAsync(() => server.Socket(1).WrittenCount == 1);

        server.Socket(0).ArriveTogether(ClientA, Enumerable.Range(0, 5).Select(_ => PacketBuilder.Udp(Inner, externalB, new byte[1000])));
        await Eventually.TrueAsync(() => server.Line(0).Traffic.HandedOver.Packets == 6);
        await Eventually.TrueAsync(() => server.Socket(1).WrittenCount == 2);

        Assert.Equal((28 + 5 * 1000, SegmentKind.Udp), (server.Socket(1).Sent[1].Bytes.Length, server.Socket(1).Sent[1].Offload.Kind));
    }

    [Fact]
    public async Task Clients_should_be_limited_over_all_shards_together()
    {
        var question = PacketBuilder.Udp(Inner, Remote);
        for (var i = 0; i < 4; i++) _server.Socket(i % 2).Arrive(PacketBuilder.Endpoint($"10.9.0.{i + 1}:40000"), question);
        await Eventually.TrueAsync(() => _server.Line(0).Drops[DropReason.TooManyPeers] == 1);
        await Eventually.TrueAsync(() => _server.Tun(0).WrittenCount + _server.Tun(1).WrittenCount == 3);
    }

    [Fact]
    public async Task Report_should_list_the_sessions_of_all_shards_under_names_of_their_own()
    {
        await _server.OpenAsync(0, ClientA);
        await _server.OpenAsync(1, ClientB);
        var report = await _server.Guardian.Ask<SessionsReport>(new GetSessions(10), TimeSpan.FromSeconds(10));
        Assert.Equal((2, 2), (report.SessionCount, report.MappingCount));
        Assert.Equal(["udp-2", "udp-1"], report.Sessions.Select(session => session.Name));
        var newest = await _server.Guardian.Ask<SessionsReport>(new GetSessions(1), TimeSpan.FromSeconds(10));
        Assert.Equal("udp-2", Assert.Single(newest.Sessions).Name);
        var peers = await _server.Guardian.Ask<PeersReport>(new GetPeers(10), TimeSpan.FromSeconds(10));
        Assert.Equal((2, 2), (peers.Peers.Count, peers.MappingCount));
    }

    [Theory]
    [InlineData("nat-2")]
    [InlineData("udp-2")]
    [InlineData("tun-reader-2")]
    [InlineData("tun-writer-2")]
    public async Task Flow_should_go_on_as_it_was_when_a_part_of_its_shard_is_killed(string part)
    {
        var outer = await _server.OpenAsync(1, ClientA);
        await _server.KillAsync(part);
        await Eventually.TrueAsync(() =>
        {
            _server.Tun(0).Arrive(PacketBuilder.Udp(Remote, outer));
            return _server.Socket(1).WrittenCount > 0;
        });
        Assert.Equal(outer, await _server.OpenAsync(1, ClientA));
    }

    [Fact]
    public async Task Sessions_should_be_kept_when_a_shards_queue_is_lost_and_opened_again()
    {
        var outer = await _server.OpenAsync(1, ClientA);
        _server.Tun(1).Condition = IoStatus.Lost;
        await Eventually.TrueAsync(() => _server.TunsOpened(1) == 2);
        _server.Tun(0).Arrive(PacketBuilder.Udp(Remote, outer));
        await Eventually.TrueAsync(() => _server.Socket(1).WrittenCount == 1);
        Assert.Equal(1, _server.TunsOpened(0));
    }

    private long HandedOver => _server.Line(0).Traffic.HandedOver.Packets + _server.Line(1).Traffic.HandedOver.Packets;

    private static string Text(byte[] bytes) => System.Text.Encoding.ASCII.GetString(bytes);
}
