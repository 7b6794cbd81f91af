using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>Lets the host pass packets on between its devices.</summary>
internal static class Forwarding
{
    private const string V4 = "net/ipv4/ip_forward";
    private const string V6 = "net/ipv6/conf/all/forwarding";

    public static bool KnowsV6 => Sysctl.TryRead(V6) is not null;

    /// <exception cref="DeviceUnavailableException">The setting is read-only here, as in many containers.</exception>
    public static void Enable(bool isV4, string uplink, HostJournal journal)
    {
        if (isV4)
        {
            journal.SetSysctl(V4, "1");
            return;
        }

        // A host that forwards stops listening to router advertisements, and would lose the default route it had from them.
        var acceptance = $"net/ipv6/conf/{uplink}/accept_ra";
        if (Sysctl.TryRead(acceptance) == "1") journal.SetSysctl(acceptance, "2");
        journal.SetSysctl(V6, "1");
    }
}
