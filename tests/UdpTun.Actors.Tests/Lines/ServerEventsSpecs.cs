using Akka.Actor;
using UdpTun.Actors.Events;
using UdpTun.Actors.Messages;
using UdpTun.Net.Nat;
using UdpTun.Net.Treatment.Faults;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>What a whole server tells of its flows and peers.</summary>
public sealed class ServerEventsSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private RunningServer _server = null!;
    private EventListener _listener = null!;

    public async Task InitializeAsync()
    {
        _server = await StartAsync();
        _server.Nat.Table.Observers.Add(new NatEvents(_server.Line.Events.All, _server.Nat.Peers));
        _listener = _server.Line.Events.All.Listen();
    }

    public async Task DisposeAsync()
    {
        _listener.Dispose();
        await _server.DisposeAsync();
    }

    private async Task<List<TunnelEvent>> ReadAsync(int count)
    {
        using var stop = new CancellationTokenSource(Patience);
        var told = new List<TunnelEvent>();
        while (told.Count < count)
        {
            await _listener.WaitAsync(stop.Token);
            _listener.Read(told, int.MaxValue);
        }

        return told;
    }

    [Fact]
    public async Task Coming_of_a_peer_its_flow_and_a_refusal_should_be_told()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "10.1.2.3:53"));

        var told = await ReadAsync(4);

        Assert.Equal(
            [(TunnelEventKind.PeerCame, null), (TunnelEventKind.MappingOpened, null), (TunnelEventKind.FlowOpened, "udp-1")],
            told.Where(one => one.Kind != TunnelEventKind.FlowRefused).Select(one => (one.Kind, one.Flow)));
        var refused = Assert.Single(told, one => one.Kind == TunnelEventKind.FlowRefused);
        Assert.Equal(
            ("10.9.0.1:40000", "10.61.0.2:5000", "10.1.2.3:53", "ForbiddenDestination", 1L),
            (refused.Peer, refused.Inner.ToString(), refused.Remote.ToString(), refused.Why, refused.Count));
    }

    [Fact]
    public async Task What_the_operator_does_should_be_told()
    {
        _server.Socket.Arrive(ClientA, PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"));
        await ReadAsync(3);
        Assert.True(BitRate.TryParse("20mbit", out var rate));
        foreach (var command in new SessionCommand[]
        {
            new SetLimit(new SessionId(1), rate), new SetLimit(new SessionId(1), null),
            new SetFaults(new SessionId(1), new FlowFaults { IsBlackhole = true }), new KillSession(new SessionId(1)),
        })
        {
            await _server.Guardian.Ask<object>(command, Patience);
        }

        var told = await ReadAsync(4);

        Assert.Equal(
            [
                (TunnelEventKind.FlowLimited, "20mbit"), (TunnelEventKind.FlowLimited, "off"), (TunnelEventKind.FlowFaulted, "blackhole seed=0"),
                (TunnelEventKind.FlowKilled, null),
            ],
            told.Select(one => (one.Kind, one.Why)));
        Assert.All(told, one => Assert.Equal("udp-1", one.Flow));
    }
}
