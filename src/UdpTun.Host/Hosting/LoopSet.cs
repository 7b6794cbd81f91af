using System.Globalization;
using UdpTun.Actors.EventLoop;
using UdpTun.Linux.Polling;

namespace UdpTun.Host.Hosting;

/// <summary>An event loop for each shard, ended together.</summary>
internal sealed class LoopSet(int shards) : IDisposable
{
    private const string ThreadName = "udptun-loop"; // with two digits behind it no more than the 15 letters of comm in proc(5)

    public IReadOnlyList<EventLoop> All { get; } = [.. Enumerable.Range(0, shards).Select(shard => new EventLoop(new EpollPoller(), NameOf(shard)))];

    /// <summary>The shard, 0 for the first, whose loop has a thread of that name; null: none.</summary>
    public static int? ShardOf(string threadName)
    {
        if (threadName == ThreadName) return 0;
        var number = threadName.StartsWith($"{ThreadName}-", StringComparison.Ordinal) ? threadName[(ThreadName.Length + 1)..] : "";
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var shard) ? shard - 1 : null;
    }

    public void Dispose()
    {
        foreach (var loop in All) loop.Dispose();
    }

    private static string NameOf(int shard) => shard == 0 ? ThreadName : $"{ThreadName}-{shard + 1}";
}
