using System.Runtime.InteropServices;

namespace UdpTun.Linux.Interop;

/// <summary>Error numbers of &lt;asm-generic/errno.h&gt; (errno(3)), equal on x86-64 and arm64; the names appear in messages.</summary>
internal enum Errno
{
    None = 0,
    EPERM = 1,
    ENOENT = 2,
    EINTR = 4,
    EIO = 5,
    ENXIO = 6,
    EBADF = 9,
    EAGAIN = 11,
    ENOMEM = 12,
    EACCES = 13,
    EFAULT = 14,
    EBUSY = 16,
    EEXIST = 17,
    ENODEV = 19,
    EINVAL = 22,
    ENOTTY = 25,
    EROFS = 30,
    EBADFD = 77,
    ENOTSOCK = 88,
    EDESTADDRREQ = 89,
    EMSGSIZE = 90,
    EPROTONOSUPPORT = 93,
    EOPNOTSUPP = 95,
    EAFNOSUPPORT = 97,
    EADDRINUSE = 98,
    EADDRNOTAVAIL = 99,
    ENETDOWN = 100,
    ENETUNREACH = 101,
    ENOBUFS = 105,
    ETIMEDOUT = 110,
    ECONNREFUSED = 111,
    EHOSTUNREACH = 113,
}

/// <summary>errno as the last call of this thread left it.</summary>
internal static class LastErrno
{
    public static Errno Value => (Errno)Marshal.GetLastPInvokeError();
}
