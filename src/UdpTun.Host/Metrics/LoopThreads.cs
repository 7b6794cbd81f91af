using System.Diagnostics.Metrics;
using System.Globalization;
using UdpTun.Host.Hosting;

namespace UdpTun.Host.Metrics;

/// <summary>
/// CPU time of the loops' threads, as the kernel counts it anyway; a loop that looked at the clock every round would pay for it with its packets.
/// </summary>
internal static class LoopThreads
{
    /// <summary>Seconds, a measurement a shard.</summary>
    public static IEnumerable<Measurement<double>> CpuTimes() =>
        from task in Directory.EnumerateDirectories("/proc/self/task")
        let shard = LoopSet.ShardOf(Read(task, "comm")?.TrimEnd() ?? "")
        where shard is not null
        group NanosecondsOf(task) by shard.Value into shard
        select new Measurement<double>(shard.Sum() / 1e9, new KeyValuePair<string, object?>("udptun.shard", shard.Key));

    // schedstat of proc(5): nanoseconds on a CPU, nanoseconds waited for one, turns.
    private static double NanosecondsOf(string task) =>
        long.TryParse(Read(task, "schedstat")?.Split(' ')[0], CultureInfo.InvariantCulture, out var nanoseconds) ? nanoseconds : 0;

    private static string? Read(string task, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, file));
        }
        catch (IOException)
        {
            return null; // the thread has ended since
        }
    }
}
