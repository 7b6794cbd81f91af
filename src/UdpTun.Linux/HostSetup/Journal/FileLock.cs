using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>A file held by flock(2). The kernel lets go of it when the process ends, however it ends.</summary>
internal sealed class FileLock : IDisposable
{
    private const uint OwnerReadWrite = 0x180; // 0600

    private readonly FileDescriptor _descriptor;

    private FileLock(FileDescriptor descriptor) => _descriptor = descriptor;

    /// <summary>Takes the lock, or null when somebody holds it.</summary>
    public static FileLock? TryTake(string path) => Take(path, Fcntl.LOCK_EX | Fcntl.LOCK_NB);

    /// <summary>Takes the lock as soon as it is free.</summary>
    public static FileLock Take(string path) => Take(path, Fcntl.LOCK_EX)!;

    public void Dispose() => _descriptor.Dispose();

    private static FileLock? Take(string path, int operation)
    {
        var descriptor = new FileDescriptor(Fcntl.open(path, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_CLOEXEC, OwnerReadWrite));
        if (descriptor.IsInvalid) throw Unusable(path, LastErrno.Value);
        while (Fcntl.flock(descriptor, operation) < 0)
        {
            var errno = LastErrno.Value;
            if (errno == Errno.EINTR) continue;
            descriptor.Dispose();
            return errno == Errno.EAGAIN ? null : throw LinuxCall.Failed("flock", path, errno);
        }

        return new FileLock(descriptor);
    }

    private static DeviceUnavailableException Unusable(string path, Errno errno) => LinuxCall.Unavailable(
        "open", path, errno, "the state directory must be writable: run as root, or set udptun.state-directory",
        errno is Errno.EACCES or Errno.EPERM ? DeviceFault.Privilege : DeviceFault.Other);
}
