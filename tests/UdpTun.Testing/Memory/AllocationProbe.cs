namespace UdpTun.Testing.Memory;

/// <summary>Counts the bytes that code allocates on the calling thread.</summary>
public static class AllocationProbe
{
    /// <summary>
    /// Bytes allocated by one more call after <paramref name="warmUp"/> calls, which pay for statics, tables and the JIT.
    /// </summary>
    public static long BytesOf(Action action, int warmUp = 200)
    {
        for (var i = 0; i < warmUp; i++) action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
