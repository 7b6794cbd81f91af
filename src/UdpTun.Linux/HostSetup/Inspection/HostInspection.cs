using UdpTun.Linux.Interop;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup.Inspection;

/// <summary>
/// Looks at the host, in the network namespace of the calling thread, and changes nothing. What cannot be looked at without a privilege is
/// null.
/// </summary>
public sealed unsafe class HostInspection
{
    private const int NetAdmin = 12; // CAP_NET_ADMIN of capabilities(7)

    private readonly CommandRunner _commands = new();

    /// <summary>Whether the process may change the network (CAP_NET_ADMIN).</summary>
    public bool HasNetAdmin { get; } = ReadCapabilities() is { } effective && ((effective >> NetAdmin) & 1) == 1;

    /// <summary>Whether a program of the distribution is installed.</summary>
    public bool Has(string program) => _commands.Has(program);

    /// <summary>A kernel setting by its path below /proc/sys, or null where the kernel has no such setting.</summary>
    public string? Setting(string key) => Sysctl.TryRead(key);

    /// <summary>The kernel's release as <c>uname -r</c> tells it.</summary>
    public string KernelRelease => Sysctl.TryRead("kernel/osrelease") ?? "unknown";

    /// <summary>Whether something keeps the clock right; null where the kernel does not tell.</summary>
    public bool? IsClockSynchronized
    {
        get
        {
            timex state = default;
            var result = SysTimex.adjtimex(&state);
            return result < 0 ? null : result != SysTimex.TIME_ERROR;
        }
    }

    /// <summary>Whether the kernel cuts and joins datagrams for a socket (UDP_SEGMENT, UDP_GRO).</summary>
    public (bool Cuts, bool Joins) UdpOffload
    {
        get
        {
            using var socket = new FileDescriptor(SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_DGRAM | SysSocket.SOCK_CLOEXEC, 0));
            return (Takes(socket, NetinetIn.UDP_SEGMENT, 0), Takes(socket, NetinetIn.UDP_GRO, 1));
        }
    }

    /// <summary>The devices of the default routes of both families; null where there is none.</summary>
    /// <exception cref="DeviceUnavailableException">ip is not installed, or the named device does not exist.</exception>
    public (string? V4, string? V6) FindUplinks(string? named)
    {
        var uplinks = Uplinks.Find(named, _commands);
        return (uplinks.V4, uplinks.V6);
    }

    /// <summary>What other firewalls of the host drop of the tunnel's packets: a warning each, with its remedy.</summary>
    /// <param name="device">The TUN.</param>
    /// <param name="inside">The tunnel's subnets.</param>
    /// <exception cref="DeviceUnavailableException">nft is not installed, or we may not ask it.</exception>
    public IReadOnlyList<string> ForeignForwardPolicies(string device, IReadOnlyList<InetPrefix> inside) =>
        ForeignFirewalls.Find(device, [.. inside.Select(prefix => new InsideFamily(prefix, ""))], _commands);

    /// <summary>A sentence about sockets that wait at ports which are to be the NAT's; null: there are none.</summary>
    public string? ListenersIn(PortRange ports) => LocalListeners.Find(ports, _commands);

    /// <summary>Whether all of the ports are reserved for us, so that the host's own sockets get none of them.</summary>
    public bool AreReserved(PortRange ports)
    {
        var reserved = PortSet.Parse(Sysctl.TryRead("net/ipv4/ip_local_reserved_ports") ?? "");
        return PortSet.Parse($"{ports}").Without(reserved).ToString().Length == 0;
    }

    private static bool Takes(FileDescriptor socket, int option, int value) =>
        SysSocket.setsockopt(socket, NetinetIn.IPPROTO_UDP, option, &value, sizeof(int)) == 0;

    private static ulong? ReadCapabilities()
    {
        var line = File.ReadLines("/proc/thread-self/status").FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal));
        return line is null ? null : Convert.ToUInt64(line["CapEff:".Length..].Trim(), 16);
    }
}
