using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UdpTun.Linux.Interop;

/// <summary>&lt;sys/epoll.h&gt; and &lt;sys/eventfd.h&gt;: epoll(7), epoll_ctl(2), epoll_wait(2), eventfd(2).</summary>
internal static unsafe partial class SysEpoll
{
    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;

    public const uint EPOLLIN = 0x1;
    public const uint EPOLLOUT = 0x4;
    public const uint EPOLLERR = 0x8;
    public const uint EPOLLHUP = 0x10;

    public const int EFD_NONBLOCK = 0x800;
    public const int EFD_CLOEXEC = 0x80000;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_ctl(FileDescriptor epfd, int op, FileDescriptor fd, void* @event);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_wait(FileDescriptor epfd, void* events, int maxevents, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int eventfd(uint initval, int flags);
}

/// <summary>
/// struct epoll_event, reached by address: it is packed to 12 bytes on x86-64 alone (EPOLL_PACKED in &lt;linux/eventpoll.h&gt;) and
/// has its natural 16 bytes elsewhere, which no single managed struct can say.
/// </summary>
internal static unsafe class epoll_event
{
    public static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    public static readonly int Size = DataOffset + sizeof(ulong);

    public static void Write(byte* address, uint events, ulong data)
    {
        Unsafe.WriteUnaligned(address, events);
        Unsafe.WriteUnaligned(address + DataOffset, data);
    }

    public static uint Events(byte* address) => Unsafe.ReadUnaligned<uint>(address);

    public static ulong Data(byte* address) => Unsafe.ReadUnaligned<ulong>(address + DataOffset);
}
