using System.Runtime.InteropServices;

namespace UdpTun.EndToEnd;

/// <summary>The system calls that the base library lacks, in their C spelling.</summary>
internal static partial class Libc
{
    internal const int CLONE_NEWNET = 0x40000000; // sched.h, setns(2)
    internal const int SIGHUP = 1;
    internal const int SIGINT = 2;
    internal const int SIGKILL = 9;
    internal const int SIGUSR1 = 10;
    internal const int SIGTERM = 15;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setns(SafeHandle fd, int nstype);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int kill(int pid, int sig);
}
