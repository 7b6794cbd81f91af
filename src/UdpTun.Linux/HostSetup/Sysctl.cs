using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Kernel settings by their path below /proc/sys (sysctl(5)). Read and written as files: the kernel shows each thread those of
/// its own network namespace, and the sysctl program is not on every host.
/// </summary>
internal static class Sysctl
{
    /// <summary>The value, or null where the kernel has no such setting.</summary>
    public static string? TryRead(string key)
    {
        var path = PathOf(key);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    /// <exception cref="DeviceUnavailableException">The setting is read-only here, as in many containers.</exception>
    public static void Write(string key, string value)
    {
        try
        {
            File.WriteAllText(PathOf(key), value);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DeviceUnavailableException(
                $"write {PathOf(key)}: {exception.Message} (run as root; in a container set it from outside: --sysctl {key.Replace('/', '.')}={value})",
                DeviceFault.Privilege, exception);
        }
    }

    private static string PathOf(string key) => $"/proc/sys/{key}";
}
