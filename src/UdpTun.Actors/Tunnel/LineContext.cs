using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Events;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Headers;
using UdpTun.Transport;

namespace UdpTun.Actors.Tunnel;

/// <summary>What every actor of one line shares: the loop it runs on, the buffers it leases, the counters it keeps.</summary>
/// <param name="Loop">Tells readers and writers about their devices.</param>
/// <param name="Pool">Where readers lease their bursts.</param>
/// <param name="Drops">Packets that went no further, by reason.</param>
/// <param name="Traffic">Packets that crossed the two ends.</param>
/// <param name="Clock">Tells the time of sessions and peers; a test's stands still until told otherwise.</param>
public sealed record LineContext(IEventLoop Loop, PacketPool Pool, DropCounters Drops, LineTraffic Traffic, TimeProvider Clock)
{
    /// <summary>What the datagrams' headers take over from the packets inside.</summary>
    public OuterClass OuterClass { get; init; } = new();

    /// <summary>Whom the line tells what happens to flows and peers.</summary>
    public LineEvents Events { get; init; } = new(new TunnelEvents(Clock));

    /// <summary>Where packets of new flows wait until their session is open: a lease each burst that has any, few and small as they are.</summary>
    public PacketPool Newcomers { get; } = new(16, burstBytes: 136 * 1024);

    /// <summary>Where packets lie that other shards hand over to this one.</summary>
    public PacketPool HandedOver { get; } = new(16);

    /// <summary>Where sealed datagrams lie until the socket has taken them.</summary>
    public PacketPool Sealed { get; } = new(16);

    /// <summary>Where packets wait for a peer's session: one burst for each of so many peers.</summary>
    public PacketPool Staged { get; } = new(16, burstBytes: 136 * 1024);

    /// <summary>Bursts of all pools that are leased and not given back, and by whom.</summary>
    public (int Bursts, string LeasedBy) Leaked => (
        Pool.Outstanding + Newcomers.Outstanding + HandedOver.Outstanding + Sealed.Outstanding + Staged.Outstanding,
        $"{Pool.LeasedBy} {Newcomers.LeasedBy} {HandedOver.LeasedBy} {Sealed.LeasedBy} {Staged.LeasedBy}".Trim());

    /// <summary>Joins packets on their way to the TUN.</summary>
    public TunJoining Joining { get; } = new();

    /// <summary>Monotonic time since an arbitrary start.</summary>
    public TimeSpan Now => Clock.GetElapsedTime(0);

    /// <summary>What a transport may use in the turn at hand.</summary>
    internal TransportTurn Turn => new(Now, Sealed, Staged, Drops);
}
