using UdpTun.Net.Io;

namespace UdpTun.Linux.Interop;

/// <summary>Words for failed calls: call, object and errno name, as <c>TUNSETIFF tun0: EPERM</c>.</summary>
internal static class LinuxCall
{
    /// <summary>A failure that has a known remedy.</summary>
    public static DeviceUnavailableException Unavailable(
        string call, string subject, Errno errno, string remedy, DeviceFault fault = DeviceFault.Other) =>
        new($"{call} {subject}: {errno} ({remedy})", fault);

    /// <summary>A failure that nothing here foresees.</summary>
    public static IOException Failed(string call, string subject, Errno errno) => new($"{call} {subject}: {errno}", (int)errno);
}
