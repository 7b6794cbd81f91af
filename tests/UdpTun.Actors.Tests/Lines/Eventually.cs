using System.Diagnostics;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>Waits for what another thread is about to do, where no message tells of it.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<T> GetAsync<T>(Func<T?> look) where T : class
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (look() is { } found) return found;
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new TimeoutException("it did not happen");
            await Task.Delay(1);
        }
    }

    public static Task TrueAsync(Func<bool> look) => GetAsync(() => look() ? "" : null);
}
