using System.Text.Json;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>The address that masquerade gives to packets, one for each family.</summary>
internal static class ExternalAddress
{
    private static readonly InetPrefix UniqueLocal = InetPrefix.Parse("fc00::/7"); // RFC 4193

    // What the kernel gives to nobody, or will soon cease to (RFC 4862 sections 5.4.5 and 5.5.4, RFC 8981). "tentative" passes in a second.
    private static readonly string[] UnusableV6 = ["temporary", "deprecated", "dadfailed"];

    /// <summary>
    /// As the kernel chooses: of the uplink's primary addresses the one that shares the next hop's network, else the first. Null
    /// while the uplink has none.
    /// </summary>
    public static InetAddress? FindV4(string uplink, CommandRunner commands) =>
        Nearest(Addresses("-4", uplink, commands, without: ["secondary"]), NextHop("-4", uplink, commands));

    /// <summary>
    /// Of the uplink's lasting addresses of global scope one that the internet can answer to, if there is one; then as for IPv4. Null while
    /// the uplink has none.
    /// </summary>
    public static InetAddress? FindV6(string uplink, CommandRunner commands)
    {
        var addresses = Addresses("-6", uplink, commands, UnusableV6);
        var routable = addresses.Where(prefix => !UniqueLocal.Contains(prefix.Address)).ToList();
        return Nearest(routable.Count > 0 ? routable : addresses, NextHop("-6", uplink, commands));
    }

    private static List<InetPrefix> Addresses(string family, string uplink, CommandRunner commands, string[] without)
    {
        using var links = JsonDocument.Parse(commands.Run("ip", family, "-j", "address", "show", "dev", uplink, "scope", "global"));
        return [.. links.RootElement.EnumerateArray()
            .SelectMany(link => link.TryGetProperty("addr_info", out var entries) ? entries.EnumerateArray() : default)
            .Where(entry => entry.TryGetProperty("local", out _) && !without.Any(flag => entry.TryGetProperty(flag, out _)))
            .Select(entry => new InetPrefix(InetAddress.Parse(entry.GetProperty("local").GetString()!), entry.GetProperty("prefixlen").GetInt32()))];
    }

    private static InetAddress? Nearest(List<InetPrefix> addresses, InetAddress? nextHop)
    {
        if (addresses.Count == 0) return null;
        var near = nextHop is { } hop ? addresses.Find(prefix => prefix.Contains(hop)) : default;
        return (near == default ? addresses[0] : near).Address;
    }

    private static InetAddress? NextHop(string family, string uplink, CommandRunner commands)
    {
        using var routes = JsonDocument.Parse(commands.Run("ip", family, "-j", "route", "show", "default", "dev", uplink));
        return routes.RootElement.EnumerateArray()
            .Select(route => route.TryGetProperty("gateway", out var gateway) ? gateway.GetString() : null)
            .OfType<string>()
            .Select(gateway => (InetAddress?)InetAddress.Parse(gateway))
            .FirstOrDefault();
    }
}
