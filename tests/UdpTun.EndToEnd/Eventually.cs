using System.Diagnostics;

namespace UdpTun.EndToEnd;

/// <summary>Waits for what another process brings about in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="TimeoutException"><paramref name="what"/> did not come true within <paramref name="limit"/>.</exception>
    internal static async Task Holds(string what, TimeSpan limit, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > limit) throw new TimeoutException($"{what}: not within {limit.TotalSeconds} s");
            await Task.Delay(Pause);
        }
    }

    internal static Task Holds(string what, TimeSpan limit, Func<bool> condition) => Holds(what, limit, () => Task.FromResult(condition()));
}
