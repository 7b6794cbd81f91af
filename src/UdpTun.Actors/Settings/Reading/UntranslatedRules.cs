using UdpTun.Net.Flows;
using static UdpTun.Actors.Settings.Reading.SettingsReader;

namespace UdpTun.Actors.Settings.Reading;

/// <summary>What the two settings of untranslated flows ask of each other and of the server's addresses.</summary>
internal static class UntranslatedRules
{
    internal const string RoutesKey = "udptun.server.inner-routes";
    internal const string DestinationsKey = "udptun.nat.untranslated-destinations";

    internal static void Check(ServerSettings server, NatSettings nat)
    {
        if (nat.UntranslatedDestinations.Count > 0 && server.InnerRoutes.Count == 0)
        {
            throw new SettingsException(
                RoutesKey, $"{RoutesKey} is empty, but must name the inner addresses that leave for {DestinationsKey} as they are");
        }

        // The outer addresses are among these: udptun.nat.address lies in the subnet of the server's.
        InetPrefix[] taken = server.Address6 is { } address6 ? [server.Address, address6] : [server.Address];
        foreach (var route in server.InnerRoutes)
        {
            if (route.Length == 0) throw Refused(RoutesKey, route.ToString(), "ranges smaller than everything");
            if (taken.Any(subnet => Overlap(route, subnet)) || server.RoutedAddresses.Any(route.Contains))
                throw Refused(RoutesKey, route.ToString(), "apart from the server's subnets (udptun.server.address, address6) and routed-addresses");
        }
    }

    private static bool Overlap(InetPrefix one, InetPrefix other) => one.Contains(other.Address) || other.Contains(one.Address);
}
