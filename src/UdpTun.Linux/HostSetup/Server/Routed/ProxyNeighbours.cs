using System.Text.Json;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Makes a device answer for addresses that lie behind another one (proxy ARP; RFC 4389 for IPv6). Address by address: the switch
/// proxy_arp would answer for everything that the host has a route to.
/// </summary>
internal static class ProxyNeighbours
{
    /// <summary>One that the host's owner has set up stays the owner's. All addresses are of one family.</summary>
    public static void Answer(string device, IReadOnlyList<InetAddress> addresses, HostJournal journal)
    {
        var (option, section) = addresses[0].IsV4 ? ("-4", "ipv4") : ("-6", "ipv6");
        // The kernel holds such an answer back for up to 0.8 s, so that the address's owner comes first. There is no other owner.
        journal.SetSysctl($"net/{section}/neigh/{device}/proxy_delay", "0");
        if (!addresses[0].IsV4) journal.SetSysctl($"net/ipv6/conf/{device}/proxy_ndp", "1");
        var present = Present(option, device, journal.Commands);
        foreach (var address in addresses)
        {
            if (present.Contains(address)) continue;
            string[] entry = ["proxy", $"{address}", "dev", device];
            journal.Make(new CommandChange(["ip", option, "neigh", "add", .. entry], ["ip", option, "neigh", "del", .. entry]));
        }
    }

    private static HashSet<InetAddress> Present(string option, string device, CommandRunner commands)
    {
        var listed = commands.Run("ip", option, "-j", "neigh", "show", "proxy", "dev", device);
        if (string.IsNullOrWhiteSpace(listed)) return [];
        using var entries = JsonDocument.Parse(listed);
        return [.. entries.RootElement.EnumerateArray().Select(entry => InetAddress.Parse(entry.GetProperty("dst").GetString()!))];
    }
}
