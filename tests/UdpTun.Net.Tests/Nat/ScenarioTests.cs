using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

/// <summary>
/// Whole stories that others found their NATs to fail at, with the true timers in virtual time: connections closed from either side, repeated
/// handshakes, the last port, ports between two owners.
/// </summary>
public sealed class ScenarioTests
{
    private static readonly FlowKey Web = Tcp("10.61.0.2:40000");

    private readonly NatTable _table = Table();
    private TimeSpan _now;

    private void Go(NatSession session, bool outbound, TcpFlags flags)
    {
        var key = outbound ? new FlowKey(IpProtocol.Tcp, session.Mapping.Inner, session.Remote) : session.InboundFlow;
        var packet = PacketGen.Build(key, [], flags);
        var reason = outbound ? session.TranslateOutbound(packet, false, _now) : session.TranslateInbound(packet, false, _now);
        Assert.Equal(DropReason.None, reason);
        Assert.True(PlainChecksum.IsIntact(packet));
    }

    private NatSession Connect(FlowKey flow)
    {
        var session = _table.Open(Alice, flow, _now);
        Go(session, true, TcpFlags.Syn);
        Go(session, false, TcpFlags.Syn | TcpFlags.Ack);
        Go(session, true, TcpFlags.Ack);
        Assert.Equal(SessionState.Established, session.State);
        return session;
    }

    private bool SurvivesUntil(NatSession session, TimeSpan time)
    {
        _now = time;
        while (!_table.Sweep(_now, 100, []))
        {
        }

        return session.IsOpen;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Connection_closed_from_either_side_should_be_kept_for_the_closing_time_only(bool byClient)
    {
        var session = Connect(Web);
        Assert.True(SurvivesUntil(session, TimeSpan.FromSeconds(7439)));
        Go(session, byClient, TcpFlags.Fin | TcpFlags.Ack);
        Assert.True(SurvivesUntil(session, _now + TimeSpan.FromSeconds(7439))); // half closed: the other side may send for hours
        Go(session, !byClient, TcpFlags.Fin | TcpFlags.Ack);
        Go(session, byClient, TcpFlags.Ack);
        Assert.True(SurvivesUntil(session, _now + TimeSpan.FromSeconds(239)));
        Assert.False(SurvivesUntil(session, _now + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Connection_closed_from_both_sides_at_once_should_close()
    {
        var session = Connect(Web);
        Go(session, true, TcpFlags.Fin | TcpFlags.Ack);
        Go(session, false, TcpFlags.Fin | TcpFlags.Ack);
        Assert.Equal(SessionState.Closing, session.State);
        Assert.False(SurvivesUntil(session, _now + TimeSpan.FromSeconds(240)));
    }

    [Fact]
    public void Repeated_SYN_ACK_should_pass_and_neither_open_nor_close_anything()
    {
        var session = _table.Open(Alice, Web, _now);
        Go(session, true, TcpFlags.Syn);
        for (var i = 0; i < 5; i++)
        {
            _now += TimeSpan.FromSeconds(1 << i);
            Go(session, false, TcpFlags.Syn | TcpFlags.Ack);
            Assert.Equal(SessionState.Opening, session.State);
        }

        Go(session, true, TcpFlags.Ack);
        Go(session, false, TcpFlags.Syn | TcpFlags.Ack); // our ACK was lost behind us
        Assert.Equal(SessionState.Established, session.State);
        Assert.Equal(1, _table.SessionCount);
    }

    [Fact]
    public void Simultaneous_open_should_establish()
    {
        var session = _table.Open(Alice, Web, _now);
        Go(session, true, TcpFlags.Syn);
        Go(session, false, TcpFlags.Syn);
        Go(session, true, TcpFlags.Syn | TcpFlags.Ack);
        Go(session, false, TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal(SessionState.Established, session.State);
        Assert.True(SurvivesUntil(session, _now + TimeSpan.FromSeconds(7439)));
    }

    [Fact]
    public void Same_connection_should_begin_anew_in_the_closing_time()
    {
        var session = Connect(Web);
        Go(session, true, TcpFlags.Fin | TcpFlags.Ack);
        Go(session, false, TcpFlags.Fin | TcpFlags.Ack);
        _now += TimeSpan.FromSeconds(100);
        Go(session, true, TcpFlags.Syn);
        Go(session, false, TcpFlags.Syn | TcpFlags.Ack);
        Go(session, true, TcpFlags.Ack);
        Assert.Equal(SessionState.Established, session.State);
    }

    [Fact]
    public void Forged_reset_should_not_end_a_transfer_that_goes_on()
    {
        var session = Connect(Web);
        Go(session, false, TcpFlags.Rst);
        Assert.True(SurvivesUntil(session, _now + TimeSpan.FromSeconds(239)));
        Go(session, false, TcpFlags.Ack);
        Go(session, true, TcpFlags.Ack);
        Assert.True(SurvivesUntil(session, _now + TimeSpan.FromSeconds(7439)));
    }

    [Fact]
    public void Last_port_left_should_serve_connections_to_any_number_of_remotes_and_be_refused_to_others()
    {
        var table = Table(Policy with { Ports = new PortRange(30000, 30000) });
        var sessions = Enumerable.Range(1, 100).Select(i => table.Open(Alice, Tcp("10.61.0.2:40000", $"203.0.113.{i}:80"))).ToArray();
        Assert.All(sessions, session => Assert.Equal(30000, session.Mapping.Outer.Port));
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Bob, Web, default, out _));
        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Alice, Tcp("10.61.0.2:40001"), default, out _));
        Assert.All(sessions, session => Assert.True(table.TryFindInbound(session.InboundFlow, out _))); // nobody was put out for it

        foreach (var session in sessions) table.Close(session, default);
        Assert.Equal(DropReason.None, table.TryOpen(Bob, Web, default, out _));
    }

    /// <summary>
    /// Port shadowing: a client chooses as its own source port one that stands for another, so that packets for the other would come to it.
    /// </summary>
    [Theory]
    [InlineData(PortSelection.Preserve, false)]
    [InlineData(PortSelection.Preserve, true)]
    [InlineData(PortSelection.Random, false)]
    [InlineData(PortSelection.Random, true)]
    public void Client_should_not_get_a_port_that_another_has_or_had(PortSelection selection, bool afterTheEnd)
    {
        var table = Table(Policy with { PortSelection = selection, PortRest = TimeSpan.FromSeconds(120), Ports = new PortRange(20000, 20099) });
        var victim = table.Open(Bob, Udp("10.61.0.2:20050"));
        var shadowed = victim.Mapping.Outer.Port;
        if (afterTheEnd) table.Close(victim, default);

        for (var i = 0; i < 99; i++)
        {
            var session = table.Open(Alice, Udp($"10.61.0.{2 + i}:{shadowed}"));
            Assert.NotEqual(shadowed, session.Mapping.Outer.Port);
        }

        Assert.Equal(DropReason.PortsExhausted, table.TryOpen(Alice, Udp("10.61.0.200:5"), default, out _));
    }

    [Fact]
    public void Collision_of_a_thousand_clients_on_one_inner_endpoint_should_leave_the_mapping_endpoint_independent()
    {
        // RFC 4787 REQ-11: what holds without collisions holds with them.
        var table = Table();
        var outers = new HashSet<ushort>();
        for (var client = 1; client <= 1000; client++)
        {
            var first = table.Open(new PeerId(client), Udp("10.61.0.2:20000", "203.0.113.1:53"));
            var second = table.Open(new PeerId(client), Udp("10.61.0.2:20000", "203.0.113.2:99"));
            Assert.Equal(first.Mapping.Outer, second.Mapping.Outer);
            Assert.True(outers.Add(first.Mapping.Outer.Port));
        }
    }
}
