using System.Runtime.InteropServices;

namespace UdpTun.Linux.Interop;

/// <summary>&lt;unistd.h&gt; and &lt;sys/uio.h&gt;: read(2), write(2), writev(2), close(2), dup2(2), setsid(2).</summary>
internal static unsafe partial class Unistd
{
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(FileDescriptor fd, void* buf, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(FileDescriptor fd, void* buf, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint writev(FileDescriptor fd, iovec* iov, int iovcnt);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int dup2(FileDescriptor oldfd, int newfd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsid();
}
