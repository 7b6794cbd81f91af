using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Nat;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Finding;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Nat;

public sealed class SessionSearchSpecs : PatientTestKit
{
    private readonly LineContext _line = TestLine.Create(new RecordingLoop());
    private readonly NatTable _table = new(
        new NatPolicy { OuterV4 = [InetAddress.Parse("192.168.61.123")], Ports = new PortRange(1024, 65535), MaxSessionsPerClient = 1_000_000 },
        new Random(1));

    private readonly PeerRegistry _peers = new([InetPrefix.Parse("10.0.0.0/8")], 10, TimeSpan.FromMinutes(1));
    private readonly PeerId _peer;
    private readonly IActorRef _reporter;

    public SessionSearchSpecs()
    {
        _peers.Admit(PacketBuilder.Endpoint("10.9.0.1:40000"), TimeSpan.Zero, out var peer);
        _peer = peer.Id;
        _reporter = Sys.ActorOf(SessionReporter.Props(_line, _table, _peers));
    }

    private NatSession Open(int number)
    {
        var remote = new InetEndpoint(InetAddress.FromV4(0xCB007100 + (uint)(number >> 10)), (ushort)(1 + (number & 1023)));
        Assert.Equal(DropReason.None, _table.TryOpen(
            _peer, new FlowKey(IpProtocol.Udp, PacketBuilder.Endpoint("10.61.0.2:5000"), remote), TimeSpan.Zero, out var session));
        return session;
    }

    private async Task<SessionsReport> Ask(GetSessions query)
    {
        var asker = CreateTestProbe();
        Sys.ActorOf(SessionSearch.Props([_reporter], query, _line, asker));
        return await asker.ExpectMsgAsync<SessionsReport>(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Pages_should_follow_each_other_to_the_end()
    {
        for (var i = 0; i < 5; i++) Open(i);
        var names = new List<string>();
        long? next = null;
        do
        {
            var page = await Ask(new GetSessions(2) { Before = next });
            Assert.Equal((5, 5), (page.Matching, page.SessionCount));
            names.AddRange(page.Sessions.Select(session => session.Name));
            next = page.Next;
        }
        while (next is not null);

        Assert.Equal(["udp-5", "udp-4", "udp-3", "udp-2", "udp-1"], names);
    }

    [Theory]
    [InlineData(SessionOrder.Bytes, "udp-2")]
    [InlineData(SessionOrder.Newest, "udp-3")]
    public async Task Order_should_be_heeded(SessionOrder order, string first)
    {
        for (var i = 0; i < 3; i++) Open(i).Outbound.Add(1, i == 1 ? 1000 : 10);

        Assert.Equal(first, (await Ask(new GetSessions(1) { Order = order })).Sessions[0].Name);
    }

    [Fact]
    public async Task Rates_should_come_with_the_second_answer()
    {
        var session = Open(0);
        Open(1);
        var query = new GetSessions(1) { Order = SessionOrder.Rate, Rates = new SessionRates() };
        Assert.Equal((0, 0), (await Ask(query)).Sessions[0].Rate);
        session.Outbound.Add(1, 1_000_000);

        var report = (await Ask(query)).Sessions[0];

        Assert.Equal("udp-1", report.Name);
        Assert.True(report.Rate!.Value.Out > 0);
    }

    [Fact]
    public async Task Many_sessions_should_be_told_of_a_few_at_a_time_and_when_they_are_asked_for()
    {
        for (var i = 0; i < 100_000; i++) Open(i);
        var walker = CreateTestProbe();

        _reporter.Tell(new WalkSessions(0), walker);
        await walker.ExpectMsgAsync<WalkBegun>();
        var told = 0;
        for (var isLast = false; !isLast;)
        {
            var slice = await walker.ExpectMsgAsync<SessionSlice>(TimeSpan.FromSeconds(30));
            Assert.InRange(slice.Sessions.Count, 1, SessionReporter.SessionsPerTurn);
            told += slice.Sessions.Count;
            isLast = slice.IsLast;
            if (!isLast) _reporter.Tell(ContinueWalk.Instance, walker);
        }

        var report = await Ask(new GetSessions(3) { Filter = new SessionFilter(Port: 1024) });

        Assert.Equal(100_000, told);
        Assert.Equal((97, 100_000, 3), (report.Matching, report.SessionCount, report.Sessions.Count));
    }

    [Fact]
    public async Task Search_should_answer_where_there_is_nothing() => Assert.Empty((await Ask(new GetSessions(3))).Sessions);
}
