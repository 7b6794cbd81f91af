using Microsoft.Win32.SafeHandles;

namespace UdpTun.Linux.Interop;

/// <summary>An owned file descriptor, closed exactly once.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    public FileDescriptor() : base(ownsHandle: true)
    {
    }

    // close(2) frees the number even when it reports an error: never retried.
    protected override bool ReleaseHandle() => Unistd.close((int)handle) == 0;
}
