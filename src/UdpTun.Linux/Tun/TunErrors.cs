using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tun;

/// <summary>What a failed call says about a TUN.</summary>
internal static class TunErrors
{
    public static IoStatus OfRead(Errno errno, string name) => errno switch
    {
        Errno.EAGAIN => IoStatus.WouldBlock,
        Errno.EBADF or Errno.EBADFD or Errno.ENODEV => IoStatus.Lost,
        _ => throw LinuxCall.Failed("read", name, errno),
    };

    /// <summary>
    /// Ok also for a packet that the kernel does not like (EINVAL: no IP version, an impossible offload; ENOMEM): it is refused and the
    /// next may pass.
    /// </summary>
    /// <param name="errno">What the write said.</param>
    /// <param name="mayBeDown">Whether a device that is down only refuses its packets.</param>
    public static IoStatus OfWrite(Errno errno, bool mayBeDown) => errno switch
    {
        Errno.EAGAIN => IoStatus.WouldBlock,
        Errno.EIO => mayBeDown ? IoStatus.Ok : IoStatus.Down,
        Errno.EBADF or Errno.EBADFD or Errno.ENODEV => IoStatus.Lost,
        _ => IoStatus.Ok,
    };
}
