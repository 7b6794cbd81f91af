using System.Text.Json;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>The IPv4 address that masquerade gives to packets.</summary>
internal static class ExternalAddress
{
    /// <summary>
    /// As the kernel chooses: of the uplink's primary addresses the one that shares the next hop's network, else the first. Null
    /// while the uplink has none.
    /// </summary>
    public static InetAddress? Find(string uplink, CommandRunner commands)
    {
        using var links = JsonDocument.Parse(commands.Run("ip", "-4", "-j", "address", "show", "dev", uplink, "scope", "global"));
        var primary = links.RootElement.EnumerateArray()
            .SelectMany(link => link.TryGetProperty("addr_info", out var entries) ? entries.EnumerateArray() : default)
            .Where(entry => entry.TryGetProperty("local", out _) && !entry.TryGetProperty("secondary", out _))
            .Select(entry => new InetPrefix(InetAddress.Parse(entry.GetProperty("local").GetString()!), entry.GetProperty("prefixlen").GetInt32()))
            .ToList();
        if (primary.Count == 0) return null;
        var near = NextHop(uplink, commands) is { } hop ? primary.Find(prefix => prefix.Contains(hop)) : default;
        return (near == default ? primary[0] : near).Address;
    }

    private static InetAddress? NextHop(string uplink, CommandRunner commands)
    {
        using var routes = JsonDocument.Parse(commands.Run("ip", "-4", "-j", "route", "show", "default", "dev", uplink));
        return routes.RootElement.EnumerateArray()
            .Select(route => route.TryGetProperty("gateway", out var gateway) ? gateway.GetString() : null)
            .OfType<string>()
            .Select(gateway => (InetAddress?)InetAddress.Parse(gateway))
            .FirstOrDefault();
    }
}
