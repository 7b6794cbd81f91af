using CsCheck;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Testing.Memory;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

public sealed class NatSweepTests
{
    private static readonly TimeSpan Late = TimeSpan.FromDays(1);

    private readonly NatTable _table = Table();
    private readonly List<NatSession> _ended = [];

    private void Open(int count, TimeSpan now = default)
    {
        for (var i = 0; i < count; i++) _table.Open(Alice, Udp($"10.61.0.2:{_table.SessionCount + 1}"), now);
    }

    [Theory]
    [InlineData(IpProtocol.Udp, 300)]
    [InlineData(IpProtocol.Icmp, 60)]
    [InlineData(IpProtocol.Tcp, 240)]
    public void Session_should_end_when_its_timeout_is_up_and_not_before(IpProtocol protocol, int seconds)
    {
        var session = _table.Open(Alice, Key(protocol, "10.61.0.2:7", "203.0.113.1:0"));
        Assert.True(_table.Sweep(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1), 10, _ended));
        Assert.Empty(_ended);
        Assert.True(_table.Sweep(TimeSpan.FromSeconds(seconds), 10, _ended));
        Assert.Equal([session], _ended);
        Assert.False(session.IsOpen);
        Assert.Equal((0, 0, 0), (_table.SessionCount, _table.MappingCount, _table.SessionsOf(Alice)));
    }

    [Fact]
    public void Established_connection_should_outlive_two_hours_and_a_closed_one_four_minutes()
    {
        var session = _table.Open(Alice, Tcp("10.61.0.2:7"));
        foreach (var flags in new[] { TcpFlags.Syn, TcpFlags.Ack })
        {
            session.TranslateOutbound(PacketGen.Build(Tcp("10.61.0.2:7"), [], flags), false, TimeSpan.Zero);
            session.TranslateInbound(PacketGen.Build(session.InboundFlow, [], flags | TcpFlags.Ack), false, TimeSpan.Zero);
        }

        _table.Sweep(TimeSpan.FromSeconds(7439), 10, _ended);
        Assert.Empty(_ended);
        session.TranslateInbound(PacketGen.Build(session.InboundFlow, [], TcpFlags.Rst), false, TimeSpan.FromSeconds(7439));
        _table.Sweep(TimeSpan.FromSeconds(7439 + 239), 10, _ended);
        Assert.Empty(_ended);
        _table.Sweep(TimeSpan.FromSeconds(7439 + 240), 10, _ended);
        Assert.Equal([session], _ended);
    }

    [Fact]
    public void RSTs_that_answer_a_closed_connection_s_packets_should_not_keep_it()
    {
        var session = _table.Open(Alice, Tcp("10.61.0.2:7"));
        foreach (var second in new[] { 0, 100, 200 })
            session.TranslateOutbound(PacketGen.Build(Tcp("10.61.0.2:7"), [], TcpFlags.Rst), false, TimeSpan.FromSeconds(second));
        _table.Sweep(TimeSpan.FromSeconds(239), 10, _ended);
        Assert.Empty(_ended);
        _table.Sweep(TimeSpan.FromSeconds(240), 10, _ended);
        Assert.Equal([session], _ended);
    }

    [Fact]
    public void Connection_should_outlive_a_forged_RST_when_both_sides_go_on()
    {
        var session = _table.Open(Alice, Tcp("10.61.0.2:7"));
        foreach (var flags in new[] { TcpFlags.Syn, TcpFlags.Ack, TcpFlags.Rst, TcpFlags.Ack })
        {
            session.TranslateInbound(PacketGen.Build(session.InboundFlow, [], flags | TcpFlags.Ack), false, TimeSpan.Zero);
            if (flags != TcpFlags.Rst) session.TranslateOutbound(PacketGen.Build(Tcp("10.61.0.2:7"), [], flags), false, TimeSpan.Zero);
        }

        _table.Sweep(TimeSpan.FromSeconds(7439), 10, _ended);
        Assert.Empty(_ended);
        _table.Sweep(TimeSpan.FromSeconds(7440), 10, _ended);
        Assert.Equal([session], _ended);
    }

    [Fact]
    public void Sweep_should_visit_no_more_than_its_budget_and_go_on_where_it_stopped()
    {
        Open(10);
        foreach (var (complete, ended) in new[] { (false, 4), (false, 8), (true, 10) })
        {
            Assert.Equal(complete, _table.Sweep(Late, 4 * NatTable.CostOfEnding, _ended));
            Assert.Equal(ended, _ended.Count);
        }

        Assert.Equal(Enumerable.Range(1, 10), _ended.Select(session => (int)session.Id.Value));
    }

    [Fact]
    public void Round_should_be_complete_when_the_budget_ends_with_it()
    {
        Open(4);
        Assert.True(_table.Sweep(default, 4, _ended));
        Assert.False(_table.Sweep(default, 3, _ended));
    }

    [Fact]
    public void Round_should_be_complete_at_once_when_there_is_nothing() => Assert.True(_table.Sweep(Late, 1, _ended));

    [Fact]
    public void Round_should_end_although_sessions_are_opened_faster_than_it_looks()
    {
        Open(6);
        Assert.False(_table.Sweep(default, 3, _ended));
        Open(100);
        Assert.True(_table.Sweep(default, 3, _ended));
    }

    [Fact]
    public void Sweep_should_step_off_a_session_that_is_closed_between_two_calls()
    {
        Open(6);
        var sessions = _table.Sessions.ToArray();
        _table.Sweep(default, 3, _ended);
        _table.Close(sessions[2], default);
        _table.Close(sessions[3], default);
        Assert.True(_table.Sweep(Late, 3 * NatTable.CostOfEnding, _ended));
        Assert.Equal([5, 6], _ended.Select(session => (int)session.Id.Value));
    }

    [Fact]
    public void Every_idle_session_should_end_within_two_rounds_whatever_happens_between_the_calls()
    {
        var step = Gen.Select(Gen.Int[0, 2], Gen.Int[1, 5]);
        Gen.Select(Gen.Int[1, 30], step.Array[0, 40]).Sample((sessions, steps) =>
        {
            var table = Table();
            var ended = new List<NatSession>();
            for (var i = 0; i < sessions; i++) table.Open(Alice, Udp($"10.61.0.2:{i + 1}"));
            var old = table.Sessions.ToHashSet();
            var rounds = 0;
            var port = 10_000;
            foreach (var (action, count) in steps)
            {
                if (action == 0) rounds += table.Sweep(Late, count, ended) ? 1 : 0;
                if (action == 1) for (var i = 0; i < count; i++) table.Open(Alice, Udp($"10.61.0.2:{port++}"), Late);
                if (action == 2) foreach (var session in table.Sessions.Skip(count).Take(2).ToArray()) table.Close(session, default);
            }

            for (; rounds < 2; rounds += table.Sweep(Late, 3, ended) ? 1 : 0) { }
            Assert.DoesNotContain(table.Sessions, old.Contains);
            Assert.Equal(ended.Count, ended.Distinct().Count());
            Assert.All(ended, session => Assert.Contains(session, old));
            Assert.Equal(table.SessionCount, table.Sessions.Count());
        });
    }

    [Fact]
    public void Sweep_should_allocate_nothing()
    {
        Open(1000);
        Assert.Equal(0, AllocationProbe.BytesOf(() => _table.Sweep(default, 100, _ended)));
    }
}
