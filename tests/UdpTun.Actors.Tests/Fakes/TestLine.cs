using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Tests.Fakes;

/// <summary>What a line's actors share, fresh for each test.</summary>
internal static class TestLine
{
    public static LineContext Create(IEventLoop loop, int maxBursts = 8, TimeProvider? clock = null, int burstBytes = 64 * 1024) =>
        new(loop, new PacketPool(maxBursts, burstBytes), new DropCounters(), new LineTraffic(), clock ?? TimeProvider.System);
}
