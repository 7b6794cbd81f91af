using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace UdpTun.Linux.Tests;

/// <summary>
/// Runs code on a thread of its own that has given up CAP_NET_ADMIN and CAP_NET_RAW (capset(2) concerns the calling thread alone).
/// </summary>
internal static unsafe partial class TestCapabilities
{
    private const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    private const uint CAP_NET_ADMIN = 1u << 12;
    private const uint CAP_NET_RAW = 1u << 13;

    public static void WithoutNetworkPrivileges(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Drop();
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static void Drop()
    {
        // struct __user_cap_header_struct, then two of struct __user_cap_data_struct { effective, permitted, inheritable }.
        var header = stackalloc uint[] { _LINUX_CAPABILITY_VERSION_3, 0 };
        var data = stackalloc uint[6];
        Assert.Equal(0, capget(header, data));
        data[0] &= ~(CAP_NET_ADMIN | CAP_NET_RAW);
        data[1] &= ~(CAP_NET_ADMIN | CAP_NET_RAW);
        Assert.Equal(0, capset(header, data));
    }

    [LibraryImport("libc")]
    private static partial int capget(uint* header, uint* data);

    [LibraryImport("libc")]
    private static partial int capset(uint* header, uint* data);
}
