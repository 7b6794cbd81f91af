using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>Where this host is found from outside, as far as it knows itself.</summary>
public static class UplinkAddress
{
    /// <summary>The uplink's IPv4 address, else its IPv6 address, else null.</summary>
    /// <param name="uplink">The device as it is set, or null: that of the default route.</param>
    public static InetAddress? Find(string? uplink)
    {
        var commands = new CommandRunner();
        var uplinks = Uplinks.Find(uplink, commands);
        return (uplinks.V4 is { } v4 ? ExternalAddress.FindV4(v4, commands) : null)
            ?? (uplinks.V6 is { } v6 ? ExternalAddress.FindV6(v6, commands) : null);
    }
}
