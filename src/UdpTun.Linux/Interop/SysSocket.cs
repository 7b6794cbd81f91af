using System.Runtime.InteropServices;

namespace UdpTun.Linux.Interop;

/// <summary>&lt;sys/socket.h&gt;: socket(2), socketpair(2), bind(2), connect(2), getsockname(2), setsockopt(2), recvmmsg(2), sendmmsg(2), socket(7).</summary>
internal static unsafe partial class SysSocket
{
    public const int AF_UNIX = 1;
    public const ushort AF_INET = 2;
    public const ushort AF_INET6 = 10;

    public const int SOCK_DGRAM = 2;
    public const int SOCK_SEQPACKET = 5;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;

    public const int SOL_SOCKET = 1;
    public const int SO_SNDBUF = 7;
    public const int SO_RCVBUF = 8;
    public const int SO_REUSEPORT = 15;
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int SO_MARK = 36;
    public const int SO_ATTACH_REUSEPORT_CBPF = 51;
    public const int SO_NETNS_COOKIE = 71;

    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int socketpair(int domain, int type, int protocol, int* sv);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int bind(FileDescriptor sockfd, sockaddr_in6* addr, uint addrlen);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int connect(FileDescriptor sockfd, sockaddr_in6* addr, uint addrlen);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int getsockname(FileDescriptor sockfd, sockaddr_in6* addr, uint* addrlen);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsockopt(FileDescriptor sockfd, int level, int optname, void* optval, uint optlen);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int getsockopt(FileDescriptor sockfd, int level, int optname, void* optval, uint* optlen);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int recvmmsg(FileDescriptor sockfd, mmsghdr* msgvec, uint vlen, int flags, void* timeout);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int sendmmsg(FileDescriptor sockfd, mmsghdr* msgvec, uint vlen, int flags);
}

/// <summary>struct iovec of &lt;bits/types/struct_iovec.h&gt;.</summary>
internal unsafe struct iovec
{
    public void* iov_base;
    public nuint iov_len;
}

/// <summary>struct msghdr of &lt;bits/socket.h&gt; (recvmsg(2)).</summary>
internal unsafe struct msghdr
{
    public void* msg_name;
    public uint msg_namelen;
    public iovec* msg_iov;
    public nuint msg_iovlen;
    public void* msg_control;
    public nuint msg_controllen;
    public int msg_flags;
}

/// <summary>struct mmsghdr of &lt;bits/socket.h&gt; (recvmmsg(2)).</summary>
internal struct mmsghdr
{
    public msghdr msg_hdr;
    public uint msg_len;
}

/// <summary>struct cmsghdr of &lt;bits/socket.h&gt; (cmsg(3)); its data follows, aligned to a size_t.</summary>
internal struct cmsghdr
{
    public nuint cmsg_len;
    public int cmsg_level;
    public int cmsg_type;
}
