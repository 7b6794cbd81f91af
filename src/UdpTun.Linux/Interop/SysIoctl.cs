using System.Runtime.InteropServices;

namespace UdpTun.Linux.Interop;

/// <summary>&lt;sys/ioctl.h&gt;: ioctl(2).</summary>
internal static partial class SysIoctl
{
    // Variadic in C; on the Linux ABIs of x86-64 and arm64 a pointer argument travels alike in both forms.
    [LibraryImport("libc", SetLastError = true)]
    public static partial int ioctl(FileDescriptor fd, nuint request, ref ifreq argp);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int ioctl(FileDescriptor fd, nuint request, nuint arg);
}
