using System.Runtime.InteropServices;

namespace UdpTun.Linux.Interop;

/// <summary>&lt;sys/timex.h&gt;: adjtimex(2).</summary>
internal static unsafe partial class SysTimex
{
    public const int TIME_ERROR = 5; // the clock is not synchronized

    [LibraryImport("libc", SetLastError = true)]
    public static partial int adjtimex(timex* buf);
}

/// <summary>struct timex of &lt;bits/timex.h&gt;; with modes 0 it is only filled in, and nothing of it is of interest here.</summary>
[StructLayout(LayoutKind.Sequential, Size = 208)]
internal struct timex
{
    public uint modes;
}
