using System.Runtime.InteropServices;

namespace UdpTun.Linux.Interop;

/// <summary>&lt;fcntl.h&gt; and &lt;sys/file.h&gt;: open(2), flock(2).</summary>
internal static partial class Fcntl
{
    public const int O_RDWR = 0x2;
    public const int O_CREAT = 0x40;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;

    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;

    // Variadic in C; on the Linux ABIs of x86-64 and arm64 an integer argument travels alike in both forms.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string pathname, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int flock(FileDescriptor fd, int operation);
}
