using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tun;

/// <summary>Opens /dev/net/tun and joins it to an interface: a new one, or a persistent one made by <c>ip tuntap add</c>.</summary>
internal static class TunOpening
{
    private const string Path = "/dev/net/tun";

    /// <summary>
    /// A process being started holds a copy of every descriptor between its fork and its exec, also of the queue that was closed just
    /// now: until then the interface counts as held, for milliseconds, or on a busy machine for more than half a second.
    /// </summary>
    private const int BusyTries = 100;

    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(20);

    /// <summary>The queue's descriptor, and whether the interface was there before and outlives it.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="withOffload">Whether to ask for super-packets.</param>
    /// <param name="severalQueues">Whether it may have other queues beside this one.</param>
    /// <param name="offload">What of them the kernel grants; none on one that knows no virtio headers.</param>
    public static (FileDescriptor Descriptor, bool Attached) Open(string name, bool withOffload, bool severalQueues, out TunOffload offload)
    {
        var plain = (ushort)(NetIf.IFF_TUN | NetIf.IFF_NO_PI | (severalQueues ? NetIf.IFF_MULTI_QUEUE : 0));
        offload = default;
        if (!withOffload) return Open(name, plain);
        var opened = Open(name, (ushort)(plain | NetIf.IFF_VNET_HDR));
        offload = Probe(opened.Descriptor);
        if (offload != default) return opened;
        opened.Descriptor.Dispose();
        return Open(name, plain);
    }

    /// <summary>Asks for nothing any more: an interface that stays is left as it was found.</summary>
    public static void EndOffload(FileDescriptor descriptor) => SysIoctl.ioctl(descriptor, NetIf.TUNSETOFFLOAD, 0);

    /// <summary>The two USO bits are granted together or not at all (Linux 6.2).</summary>
    private static TunOffload Probe(FileDescriptor descriptor)
    {
        const nuint Tcp = NetIf.TUN_F_CSUM | NetIf.TUN_F_TSO4 | NetIf.TUN_F_TSO6;
        const nuint Udp = NetIf.TUN_F_USO4 | NetIf.TUN_F_USO6;
        if (SysIoctl.ioctl(descriptor, NetIf.TUNSETOFFLOAD, Tcp | Udp) == 0) return new TunOffload(true, true);
        return SysIoctl.ioctl(descriptor, NetIf.TUNSETOFFLOAD, Tcp) == 0 ? new TunOffload(true, false) : default;
    }

    private static (FileDescriptor Descriptor, bool Attached) Open(string name, ushort flags)
    {
        var descriptor = new FileDescriptor(Fcntl.open(Path, Fcntl.O_RDWR | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0));
        if (descriptor.IsInvalid) throw NoTun(LastErrno.Value);
        var request = ifreq.Named(name);
        request.ifr_flags = flags;
        if (Join(descriptor, ref request) is not 0 and var errno)
        {
            descriptor.Dispose();
            throw NotOurs(name, errno, (flags & NetIf.IFF_MULTI_QUEUE) != 0);
        }

        // A TUN that is not persistent cannot have been there: it lives only as long as the process that made it.
        var attached = SysIoctl.ioctl(descriptor, NetIf.TUNGETIFF, ref request) == 0 && (request.ifr_flags & NetIf.IFF_PERSIST) != 0;
        return (descriptor, attached);
    }

    /// <summary>Whether there still is a device behind an open TUN, under whatever name and in whatever namespace.</summary>
    internal static bool HasDevice(FileDescriptor descriptor)
    {
        var request = default(ifreq);
        try
        {
            return SysIoctl.ioctl(descriptor, NetIf.TUNGETIFF, ref request) == 0;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private static Errno Join(FileDescriptor descriptor, ref ifreq request)
    {
        for (var tries = 1; SysIoctl.ioctl(descriptor, NetIf.TUNSETIFF, ref request) < 0; tries++)
        {
            var errno = LastErrno.Value;
            if (errno != Errno.EBUSY || tries == BusyTries) return errno;
            Thread.Sleep(s_betweenTries);
        }

        return 0;
    }

    private static DeviceUnavailableException NoTun(Errno errno) => errno is Errno.EACCES or Errno.EPERM
        ? LinuxCall.Unavailable("open", Path, errno, $"needs root, or a file that others may open: chmod 666 {Path}, the mode that udev gives it", DeviceFault.Privilege)
        : LinuxCall.Unavailable(
            "open", Path, errno, "the kernel offers no TUN: modprobe tun; for a container, --device /dev/net/tun", DeviceFault.NotInstalled);

    private static DeviceUnavailableException NotOurs(string name, Errno errno, bool severalQueues) => errno switch
    {
        Errno.EPERM => LinuxCall.Unavailable(
            "TUNSETIFF", name, errno, "needs CAP_NET_ADMIN: run as root, or attach to a TUN made by ip tuntap add mode tun user NAME",
            DeviceFault.Privilege),
        Errno.EBUSY => LinuxCall.Unavailable(
            "TUNSETIFF", name, errno, "another process holds this TUN, perhaps another udptun: end it, or choose another name with udptun.tun.name"),
        Errno.EINVAL when severalQueues => LinuxCall.Unavailable(
            "TUNSETIFF", name, errno,
            "an interface of this name exists and is no TUN with several queues: make it with multi_queue, set udptun.shards to 1, or choose "
            + "another name with udptun.tun.name"),
        Errno.EINVAL => LinuxCall.Unavailable(
            "TUNSETIFF", name, errno,
            "an interface of this name exists and is no TUN with a single queue: choose another name with udptun.tun.name"),
        _ => LinuxCall.Unavailable("TUNSETIFF", name, errno, "the kernel refuses to make this TUN"),
    };
}
