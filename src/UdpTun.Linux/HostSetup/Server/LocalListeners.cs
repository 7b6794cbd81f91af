using System.Net;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Sockets of the host that wait at ports which are to be the NAT's: what is sent to them from outside now goes to the NAT.
/// </summary>
internal static class LocalListeners
{
    private const int LocalColumn = 4;

    /// <summary>
    /// One sentence naming them, or null when there is none. Those at a loopback address are not reached from outside anyway.
    /// </summary>
    public static string? Find(PortRange ports, CommandRunner commands)
    {
        // Part of iproute2 as ip is, but small images leave it out; then there is no look and no warning.
        if (!commands.Has("ss")) return null;
        var inside = commands.Run("ss", "-Hlnut").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > LocalColumn && IsInside(columns[LocalColumn], ports))
            .Select(columns => $"{columns[0]} {columns[LocalColumn]}")
            .Distinct()
            .ToList();
        return inside.Count == 0
            ? null
            : $"this host listens inside udptun.nat.ports ({ports}): {string.Join(", ", inside)} cannot be reached from the internet any more "
                + "(move it, or choose other ports with udptun.nat.ports)";
    }

    private static bool IsInside(string local, PortRange ports)
    {
        var colon = local.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(local.AsSpan(colon + 1), out var port) || !ports.Contains(port)) return false;
        // "0.0.0.0", "*", "[::1]" or "127.0.0.53%lo".
        var address = local[..colon].Trim('[', ']').Split('%')[0];
        return !(IPAddress.TryParse(address, out var parsed) && IPAddress.IsLoopback(parsed));
    }
}
