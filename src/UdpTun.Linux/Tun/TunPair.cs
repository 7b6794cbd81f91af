using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tun;

/// <summary>Two TUN ends without a kernel's interface between them: what is written into one is read from the other, as it is.</summary>
public static unsafe class TunPair
{
    /// <param name="name">What a log calls them.</param>
    /// <param name="mtu">Bytes of the longest ordinary packet.</param>
    /// <param name="offload">Whether they take super-packets.</param>
    /// <exception cref="InvalidOperationException">The kernel gives no socket pair.</exception>
    public static (ITunDevice One, ITunDevice Other) Open(string name, int mtu, bool offload)
    {
        var pair = stackalloc int[2];
        // Like a TUN's queue it keeps messages apart, and a reader sees each whole (unix(7)).
        if (SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_NONBLOCK | SysSocket.SOCK_CLOEXEC, 0, pair) < 0)
            throw LinuxCall.Failed("socketpair", name, LastErrno.Value);
        return (End(pair[0]), End(pair[1]));

        ITunDevice End(int descriptor) => offload
            ? new OffloadTunDevice(new FileDescriptor(descriptor), name, mtu, new TunOffload(true, true), onClose: null, mayBeDown: false)
            : new TunDevice(new FileDescriptor(descriptor), name, mtu, mayBeDown: false);
    }
}
