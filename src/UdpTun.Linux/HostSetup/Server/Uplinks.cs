using System.Text.Json;
using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>The devices towards the internet, by family; null where there is none.</summary>
internal sealed record Uplinks(string? V4, string? V6)
{
    /// <summary>The named device for both families, or the devices of the default routes in the main table.</summary>
    /// <exception cref="DeviceUnavailableException">The named device does not exist.</exception>
    public static Uplinks Find(string? named, CommandRunner commands)
    {
        if (named is null) return new Uplinks(DefaultRoute("-4", commands), DefaultRoute("-6", commands));
        if (commands.Try(null, "ip", "link", "show", "dev", named).Succeeded) return new Uplinks(named, named);
        throw new DeviceUnavailableException($"the uplink {named} does not exist (ip link shows the devices; udptun.server.uplink = auto takes the default route's)");
    }

    private static string? DefaultRoute(string family, CommandRunner commands)
    {
        var result = commands.Try(null, "ip", family, "-j", "route", "show", "default");
        if (!result.Succeeded || string.IsNullOrWhiteSpace(result.Output)) return null;
        using var routes = JsonDocument.Parse(result.Output);
        // The kernel lists the route it prefers first. One over several next hops names no device of its own.
        foreach (var route in routes.RootElement.EnumerateArray())
        {
            if (route.TryGetProperty("dev", out var device)) return device.GetString();
        }

        return null;
    }
}
