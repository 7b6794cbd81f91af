using UdpTun.Actors.EventLoop;
using UdpTun.Linux.Polling;

namespace UdpTun.Host.Hosting;

/// <summary>An event loop for each shard, ended together.</summary>
internal sealed class LoopSet(int shards) : IDisposable
{
    public IReadOnlyList<EventLoop> All { get; } =
    [
        .. Enumerable.Range(1, shards).Select(number => new EventLoop(new EpollPoller(), number == 1 ? "udptun-loop" : $"udptun-loop-{number}")),
    ];

    public void Dispose()
    {
        foreach (var loop in All) loop.Dispose();
    }
}
