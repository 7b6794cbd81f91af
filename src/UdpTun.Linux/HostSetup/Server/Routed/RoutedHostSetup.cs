using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Leads addresses of our own from the internet to the server's TUN and back, without any NAT of the kernel: the uplink answers for them
/// in its neighbours' place (proxy ARP and NDP), their packets are forwarded and not tracked. The routes to them are the TUN's (see
/// <see cref="RoutesOf"/>), so they go and come with it. Undone when the journal is disposed. Called in the tunnel's network namespace.
/// </summary>
/// <param name="options">What is to pass.</param>
/// <param name="journal">The journal of the instance; its device is the TUN.</param>
/// <param name="warn">Told, in one sentence each, what is left out or stands in the way, with the remedy.</param>
public sealed class RoutedHostSetup(RoutedHostOptions options, HostJournal journal, Action<string>? warn = null)
{
    /// <summary>The devices that packets leave by, for a log; known after <see cref="Apply"/>.</summary>
    public IReadOnlyList<string> UplinkNames { get; private set; } = [];

    /// <summary>The routes that the TUN is to be opened with.</summary>
    public static IEnumerable<InetPrefix> RoutesOf(IEnumerable<InetAddress> addresses) =>
        addresses.Select(address => new InetPrefix(address, address.IsV4 ? 32 : 128));

    /// <exception cref="DeviceUnavailableException">
    /// No uplink of an address's family, an address that is the router's, a missing program or a missing privilege; with the remedy.
    /// </exception>
    public void Apply()
    {
        var uplinks = Uplinks.Find(options.Uplink, journal.Commands);
        var families = options.Addresses.GroupBy(address => address.IsV4)
            .Select(family => (
                IsV4: family.Key, Uplink: family.Key ? V4(uplinks) : V6(uplinks, family.First()), Addresses: family.ToList()))
            .ToList();
        foreach (var family in families) RefuseNextHop(family.IsV4, family.Addresses);
        journal.Make(RoutedRules.Table(journal.Device, [.. RoutesOf(options.Addresses), .. options.InnerRoutes]));
        foreach (var family in families)
        {
            Forwarding.Enable(family.IsV4, family.Uplink, journal);
            ProxyNeighbours.Answer(family.Uplink, family.Addresses, journal);
            NeighbourAnnouncement.Send(family.Uplink, family.Addresses, journal.Commands, warn);
        }

        UplinkNames = [.. families.Select(family => family.Uplink).Distinct()];
        var insides = RoutesOf(options.Addresses)
            .Select(prefix => new InsideFamily(prefix, prefix.Address.IsV4 ? uplinks.V4! : uplinks.V6!));
        foreach (var obstacle in ForeignFirewalls.Find(journal.Device, [.. insides], journal.Commands)) warn?.Invoke(obstacle);
    }

    // Announced as ours, the router of the whole link would be lost to it.
    private void RefuseNextHop(bool isV4, IReadOnlyList<InetAddress> addresses)
    {
        var routes = journal.Commands.Run("ip", isV4 ? "-4" : "-6", "route", "show", "default").Split();
        foreach (var address in addresses)
        {
            if (!routes.Contains($"{address}")) continue;
            throw new DeviceUnavailableException(
                $"{address} is the next hop of this host's default route and not an address of its own (udptun.server.routed-addresses)");
        }
    }

    private static string V4(Uplinks uplinks) => uplinks.V4 ?? throw new DeviceUnavailableException(
        "no uplink: the host has no IPv4 default route (add one, or name the device towards the internet with udptun.server.uplink)");

    private static string V6(Uplinks uplinks, InetAddress address)
    {
        if (uplinks.V6 is not { } uplink)
        {
            throw new DeviceUnavailableException($"{address} has no uplink: the host has no IPv6 default route (add one, name the device "
                + "towards the internet with udptun.server.uplink, or leave IPv6 out of udptun.server.routed-addresses)");
        }

        if (Forwarding.KnowsV6 && Sysctl.TryRead($"net/ipv6/conf/{uplink}/disable_ipv6") == "0") return uplink;
        throw new DeviceUnavailableException(
            $"{address} has no uplink: IPv6 is off on {uplink} (switch it on, or leave IPv6 out of udptun.server.routed-addresses)");
    }
}
