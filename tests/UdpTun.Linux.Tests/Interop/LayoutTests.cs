using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Interop;

namespace UdpTun.Linux.Tests.Interop;

/// <summary>The C compiler is asked for every constant, size and offset that the interop layer states.</summary>
public class LayoutTests
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <stdio.h>
        #include <stddef.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <sys/file.h>
        #include <sys/socket.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/ioctl.h>
        #include <netinet/in.h>
        #include <linux/filter.h>
        #include <linux/if.h>
        #include <linux/if_tun.h>
        #include <linux/sockios.h>
        #include <linux/udp.h>
        #include <linux/virtio_net.h>
        // Younger than many a distribution's headers.
        #ifndef TUN_F_USO4
        #define TUN_F_USO4 0x20
        #define TUN_F_USO6 0x40
        #endif
        #ifndef VIRTIO_NET_HDR_GSO_UDP_L4
        #define VIRTIO_NET_HDR_GSO_UDP_L4 5
        #endif

        """;

    [SkippableFact]
    public void Constants_should_equal_those_of_the_c_headers()
    {
        Type[] homes = [typeof(Fcntl), typeof(NetIf), typeof(SysSocket), typeof(NetinetIn), typeof(SysEpoll), typeof(VirtioNet), typeof(LinuxFilter)];
        var expected = homes
            .SelectMany(home => home.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.IsLiteral)
            .ToDictionary(field => field.Name, field => Convert.ToUInt64(field.GetRawConstantValue()));
        // nuint constants are compiled to static fields.
        expected[nameof(NetIf.SIOCGIFFLAGS)] = NetIf.SIOCGIFFLAGS;
        expected[nameof(NetIf.SIOCGIFINDEX)] = NetIf.SIOCGIFINDEX;
        expected[nameof(NetIf.TUNSETIFF)] = NetIf.TUNSETIFF;
        expected[nameof(NetIf.TUNGETIFF)] = NetIf.TUNGETIFF;
        expected[nameof(NetIf.TUNSETOFFLOAD)] = NetIf.TUNSETOFFLOAD;
        foreach (var errno in Enum.GetValues<Errno>().Where(errno => errno != Errno.None)) expected[errno.ToString()] = (ulong)errno;

        var actual = Ask(expected.Keys);

        Assert.True(expected.Count > 60);
        Assert.Equal(expected.OrderBy(pair => pair.Key), actual.OrderBy(pair => pair.Key));
    }

    [SkippableFact]
    public void Structs_should_be_laid_out_as_in_c()
    {
        var expected = new Dictionary<string, ulong>
        {
            ["sizeof(struct epoll_event)"] = (ulong)epoll_event.Size,
            ["offsetof(struct epoll_event, data)"] = (ulong)epoll_event.DataOffset,
            ["sizeof(struct ifreq)"] = (ulong)Unsafe.SizeOf<ifreq>(),
            ["offsetof(struct ifreq, ifr_name)"] = Offset<ifreq>(nameof(ifreq.ifr_name)),
            ["offsetof(struct ifreq, ifr_flags)"] = Offset<ifreq>(nameof(ifreq.ifr_flags)),
            ["offsetof(struct ifreq, ifr_ifindex)"] = Offset<ifreq>(nameof(ifreq.ifr_ifindex)),
        };
        Expect<iovec>(expected);
        Expect<msghdr>(expected);
        Expect<mmsghdr>(expected);
        Expect<cmsghdr>(expected);
        Expect<in_pktinfo>(expected);
        Expect<in6_pktinfo>(expected);
        Expect<sockaddr_in>(expected);
        Expect<virtio_net_hdr>(expected);
        Expect<sockaddr_in6>(expected);
        Expect<sock_filter>(expected);
        Expect<sock_fprog>(expected);

        var actual = Ask(expected.Keys);

        Assert.Equal(expected.OrderBy(pair => pair.Key), actual.OrderBy(pair => pair.Key));
    }

    private static void Expect<T>(Dictionary<string, ulong> expected) where T : unmanaged
    {
        expected[$"sizeof(struct {typeof(T).Name})"] = (ulong)Unsafe.SizeOf<T>();
        foreach (var field in typeof(T).GetFields()) expected[$"offsetof(struct {typeof(T).Name}, {field.Name})"] = Offset<T>(field.Name);
    }

    private static ulong Offset<T>(string field) => (ulong)Marshal.OffsetOf<T>(field);

    /// <summary>The values of C expressions, by a program that prints them.</summary>
    private static Dictionary<string, ulong> Ask(IEnumerable<string> expressions)
    {
        var commands = new CommandRunner();
        Skip.IfNot(commands.Has("gcc"), "no C compiler here (apt-get install gcc libc6-dev)");
        var directory = Directory.CreateTempSubdirectory("udptun-layout-").FullName;
        try
        {
            var lines = expressions.Select(expression => $"printf(\"%s=%llu\\n\", \"{expression}\", (unsigned long long)({expression}));");
            File.WriteAllText($"{directory}/ask.c", $"{Headers}int main(void) {{\n{string.Join('\n', lines)}\nreturn 0; }}\n");
            commands.Run("gcc", "-o", $"{directory}/ask", $"{directory}/ask.c");
            using var process = Process.Start(new ProcessStartInfo($"{directory}/ask") { RedirectStandardOutput = true })!;
            var answer = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return answer.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('='))
                .ToDictionary(parts => parts[0], parts => ulong.Parse(parts[1]));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
