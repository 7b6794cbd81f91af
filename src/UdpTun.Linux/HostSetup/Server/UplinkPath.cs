using System.Text.Json;

namespace UdpTun.Linux.HostSetup;

/// <summary>What the way to a server's clients carries, as far as the server sees it: its uplink.</summary>
public static class UplinkPath
{
    /// <summary>
    /// The smallest MTU of the uplinks of both families and of the network namespace of the calling thread; null while there is none.
    /// </summary>
    /// <param name="uplink">The device as it is set, or null: that of the default route.</param>
    public static int? Mtu(string? uplink)
    {
        var commands = new CommandRunner();
        var uplinks = Uplinks.Find(uplink, commands);
        return new[] { uplinks.V4, uplinks.V6 }.OfType<string>().Distinct().Select(device => (int?)MtuOf(device, commands)).Min();
    }

    private static int MtuOf(string device, CommandRunner commands)
    {
        using var links = JsonDocument.Parse(commands.Run("ip", "-j", "link", "show", "dev", device));
        return links.RootElement[0].GetProperty("mtu").GetInt32();
    }
}
