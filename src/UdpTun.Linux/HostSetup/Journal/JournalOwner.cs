using UdpTun.Linux.Interop;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Whose changes a journal holds: a network namespace of this boot. The inode alone does not do: the kernel gives the number of
/// a dead namespace to the next one, and a journal that outlives the boot names nothing at all.
/// </summary>
/// <param name="Inode">Of the namespace's file; it names the state directory.</param>
/// <param name="Cookie">The namespace's number that is never given twice (SO_NETNS_COOKIE, Linux 5.14); 0 where unknown.</param>
/// <param name="Boot">The kernel's random name of this boot.</param>
internal sealed record JournalOwner(string Inode, ulong Cookie, string Boot)
{
    /// <summary>The namespace of the calling thread.</summary>
    public static JournalOwner Current()
    {
        var link = new FileInfo("/proc/thread-self/ns/net").LinkTarget ?? "";
        return new JournalOwner(
            new string([.. link.Where(char.IsAsciiDigit)]),
            ReadCookie(),
            File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());
    }

    private static unsafe ulong ReadCookie()
    {
        using var socket = new FileDescriptor(SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_DGRAM | SysSocket.SOCK_CLOEXEC, 0));
        ulong cookie = 0;
        uint length = sizeof(ulong);
        var read = SysSocket.getsockopt(socket, SysSocket.SOL_SOCKET, SysSocket.SO_NETNS_COOKIE, &cookie, &length);
        return read == 0 ? cookie : 0;
    }
}
