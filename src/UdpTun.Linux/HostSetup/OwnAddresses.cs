using System.Text.Json;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>The host's own addresses, which nothing from the tunnel may reach.</summary>
public static class OwnAddresses
{
    /// <summary>All addresses of all interfaces in the network namespace of the calling thread, without repetition.</summary>
    public static IReadOnlyList<InetAddress> Read()
    {
        using var links = JsonDocument.Parse(new CommandRunner().Run("ip", "-j", "address", "show"));
        return [.. links.RootElement.EnumerateArray()
            .SelectMany(link => link.TryGetProperty("addr_info", out var entries) ? entries.EnumerateArray() : default)
            .Select(entry => entry.TryGetProperty("local", out var local) ? local.GetString() : null)
            .OfType<string>()
            .Select(InetAddress.Parse)
            .Distinct()];
    }
}
