using UdpTun.Linux.Interop;

namespace UdpTun.Linux.Sockets;

/// <summary>What a failed call says about a socket.</summary>
internal static class SocketErrors
{
    public static bool MeanLost(Errno errno) => errno is Errno.EBADF or Errno.ENODEV or Errno.EBADFD or Errno.ENOTSOCK;
}
