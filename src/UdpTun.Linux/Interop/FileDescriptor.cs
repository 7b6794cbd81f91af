using Microsoft.Win32.SafeHandles;

namespace UdpTun.Linux.Interop;

/// <summary>An owned file descriptor, closed exactly once.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <param name="fd">
    /// What the call returned, -1 included. Imports return int and not this type: the marshaller would read a whole register, of
    /// which C fills in only half, and would take -1 for 4294967295.
    /// </param>
    public FileDescriptor(int fd) : base(ownsHandle: true) => SetHandle(fd);

    // close(2) frees the number even when it reports an error: never retried.
    protected override bool ReleaseHandle() => Unistd.close((int)handle) == 0;
}
