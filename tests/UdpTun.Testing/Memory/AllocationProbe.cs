namespace UdpTun.Testing.Memory;

/// <summary>Counts the bytes that code allocates on the calling thread.</summary>
public static class AllocationProbe
{
    private const int Calls = 5;

    /// <summary>
    /// Bytes allocated by a further call after <paramref name="warmUp"/> calls, which pay for statics, tables and the JIT. The least of several:
    /// on a busy machine the runtime now and then allocates on whatever thread it finds (7928 bytes, once), and what a call needs it needs each time.
    /// </summary>
    public static long BytesOf(Action action, int warmUp = 200)
    {
        for (var i = 0; i < warmUp; i++) action();
        var least = long.MaxValue;
        for (var i = 0; i < Calls; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
