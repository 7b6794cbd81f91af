using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tun;

/// <summary>Opens /dev/net/tun and joins it to an interface: a new one, or a persistent one made by <c>ip tuntap add</c>.</summary>
internal static class TunOpening
{
    private const string Path = "/dev/net/tun";

    /// <summary>The queue's descriptor, and whether the interface was there before and outlives it.</summary>
    public static (FileDescriptor Descriptor, bool Attached) Open(string name)
    {
        var descriptor = new FileDescriptor(Fcntl.open(Path, Fcntl.O_RDWR | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0));
        if (descriptor.IsInvalid) throw NoTun(LastErrno.Value);
        var request = ifreq.Named(name);
        request.ifr_flags = NetIf.IFF_TUN | NetIf.IFF_NO_PI;
        if (SysIoctl.ioctl(descriptor, NetIf.TUNSETIFF, ref request) < 0)
        {
            var errno = LastErrno.Value;
            descriptor.Dispose();
            throw NotOurs(name, errno);
        }

        // A TUN that is not persistent cannot have been there: it lives only as long as the process that made it.
        var attached = SysIoctl.ioctl(descriptor, NetIf.TUNGETIFF, ref request) == 0 && (request.ifr_flags & NetIf.IFF_PERSIST) != 0;
        return (descriptor, attached);
    }

    private static DeviceUnavailableException NoTun(Errno errno) => errno is Errno.EACCES or Errno.EPERM
        ? LinuxCall.Unavailable("open", Path, errno, "needs root or access to the file", DeviceFault.Privilege)
        : LinuxCall.Unavailable(
            "open", Path, errno, "the kernel offers no TUN: modprobe tun; for a container, --device /dev/net/tun", DeviceFault.NotInstalled);

    private static DeviceUnavailableException NotOurs(string name, Errno errno) => errno switch
    {
        Errno.EPERM => LinuxCall.Unavailable(
            "TUNSETIFF", name, errno, "needs CAP_NET_ADMIN: run as root, or attach to a TUN made by ip tuntap add mode tun user NAME",
            DeviceFault.Privilege),
        Errno.EBUSY => LinuxCall.Unavailable(
            "TUNSETIFF", name, errno, "another process holds this TUN, perhaps another udptun: end it, or choose another name with udptun.tun.name"),
        Errno.EINVAL => LinuxCall.Unavailable(
            "TUNSETIFF", name, errno,
            "an interface of this name exists and is no TUN with a single queue: choose another name with udptun.tun.name"),
        _ => LinuxCall.Unavailable("TUNSETIFF", name, errno, "the kernel refuses to make this TUN"),
    };
}
