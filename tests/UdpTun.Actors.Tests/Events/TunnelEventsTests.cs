using UdpTun.Actors.Events;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Events;

/// <summary>A table, somebody who listens, and what it costs where nobody does.</summary>
public sealed class TunnelEventsTests
{
    private static readonly TimeSpan Late = TimeSpan.FromDays(1);

    private readonly TunnelEvents _events = new(TimeProvider.System);
    private readonly NatTable _table = new(
        new NatPolicy
        {
            OuterV4 = [InetAddress.Parse("192.168.61.123")],
            PortRest = TimeSpan.Zero,
            MaxMappingsPerClient = 10_000,
            MaxSessionsPerClient = 10_000,
        },
        new Random(1));

    private readonly PeerRegistry _peers = new([InetPrefix.Parse("10.0.0.0/8")], 4, TimeSpan.FromMinutes(1));
    private readonly Peer _peer;

    public TunnelEventsTests()
    {
        Assert.Equal(DropReason.None, _peers.Admit(PacketBuilder.Endpoint("10.9.0.1:40000"), TimeSpan.Zero, out _peer));
        _table.Observers.Add(new NatEvents(_events, _peers));
    }

    private NatSession Open(ushort port)
    {
        var flow = new FlowKey(IpProtocol.Udp, PacketBuilder.Endpoint($"10.61.0.2:{port}"), PacketBuilder.Endpoint("203.0.113.1:53"));
        Assert.Equal(DropReason.None, _table.TryOpen(_peer.Id, flow, TimeSpan.Zero, out var session));
        return session;
    }

    private static List<TunnelEvent> ReadAll(EventListener listener, out long missed)
    {
        var told = new List<TunnelEvent>();
        missed = listener.Read(told, int.MaxValue);
        return told;
    }

    [Fact]
    public void Life_of_a_flow_should_be_told_in_order()
    {
        using var listener = _events.Listen();
        var session = Open(5000);
        _table.Sweep(Late, 100, []);

        var told = ReadAll(listener, out var missed);

        Assert.Equal(
            [
                (TunnelEventKind.MappingOpened, null, null), (TunnelEventKind.FlowOpened, "udp-1", null),
                (TunnelEventKind.FlowClosed, "udp-1", "idle"), (TunnelEventKind.MappingClosed, null, null),
            ],
            told.Select(one => (one.Kind, one.Flow, one.Why)));
        Assert.All(told, one => Assert.Equal(("10.9.0.1:40000", session.Mapping.Inner, session.Mapping.Outer), (one.Peer, one.Inner, one.Outer)));
        Assert.Equal((0, session.Remote), (missed, told[1].Remote));
    }

    [Fact]
    public void End_should_be_told_with_its_reason()
    {
        using var listener = _events.Listen();
        Open(5000).Kill(TimeSpan.Zero);
        _table.Sweep(Late, 100, []);
        _table.Close(Open(5001), Late, SessionEnd.ActorFailed);

        Assert.Equal(
            ["killed", "its actor failed"],
            ReadAll(listener, out _).Where(one => one.Kind == TunnelEventKind.FlowClosed).Select(one => one.Why!));
    }

    [Fact]
    public void Slow_listener_should_be_told_how_many_it_has_missed_and_hold_up_nobody()
    {
        using var slow = _events.Listen();
        using var quick = _events.Listen();
        const int Flows = EventListener.Capacity / 2 + 5; // two events each
        var read = 0;
        for (var i = 0; i < Flows; i++)
        {
            Open((ushort)(1000 + i));
            read += ReadAll(quick, out _).Count;
        }

        Assert.Equal(2 * Flows, read);
        Assert.Equal(EventListener.Capacity, ReadAll(slow, out var missed).Count);
        Assert.Equal(10, missed);
        Open(10);
        Assert.Equal(2, ReadAll(slow, out missed).Count);
        Assert.Equal(0, missed);
    }

    [Fact]
    public void Nothing_should_be_allocated_while_nobody_listens()
    {
        _events.Listen().Dispose();
        var session = Open(5000);
        var told = new NatEvents(_events, _peers);
        var line = new LineEvents(_events);

        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            told.SessionOpened(session);
            told.SessionClosed(session, SessionEnd.Idle);
            told.MappingOpened(session.Mapping);
            line.FlowRefused(session.OutboundFlow, true, DropReason.ForbiddenDestination, _peer, TimeSpan.Zero);
            line.PeerCame(_peer);
        }));
    }

    [Fact]
    public void Flood_of_refusals_should_be_told_by_a_few_that_stand_for_all()
    {
        using var listener = _events.Listen();
        var line = new LineEvents(_events);
        var flow = Open(5000).OutboundFlow;
        ReadAll(listener, out _);
        for (var i = 0; i < 1000; i++) line.FlowRefused(flow, true, DropReason.ForbiddenDestination, _peer, TimeSpan.Zero);
        line.FlowRefused(flow, true, DropReason.ForbiddenDestination, _peer, TimeSpan.FromSeconds(1));

        var told = ReadAll(listener, out _);

        Assert.InRange(told.Count, 10, 100);
        Assert.Equal(1001, told.Sum(one => one.Count));
    }
}
