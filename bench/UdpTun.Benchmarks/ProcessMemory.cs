using System.Diagnostics;

namespace UdpTun.Benchmarks;

/// <summary>Bytes that live objects take, and bytes that the process has resident.</summary>
internal readonly record struct ProcessMemory(long Heap, long Resident)
{
    /// <summary>At present, when all garbage is gone and its memory given back.</summary>
    internal static ProcessMemory Now()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        return new ProcessMemory(GC.GetTotalMemory(true), process.WorkingSet64);
    }
}
