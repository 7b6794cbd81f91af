using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings;

/// <param name="Address">The IPv4 address that inner sources are rewritten to; inside the server's TUN subnet, not the gateway's.</param>
/// <param name="FirstPort">First outer port or echo id, 1024..65535.</param>
/// <param name="LastPort">Last outer port or echo id, <paramref name="FirstPort"/>..65535.</param>
/// <param name="PortSelection">How an outer port is chosen.</param>
/// <param name="MaxSessionsPerClient">Sessions of one client at once, 1..1000000.</param>
/// <param name="SweepInterval">Time between two looks for idle sessions, 100ms..60s.</param>
/// <param name="Timeouts">When a session is idle.</param>
public sealed record NatSettings(
    InetAddress Address,
    ushort FirstPort,
    ushort LastPort,
    OuterPortSelection PortSelection,
    int MaxSessionsPerClient,
    TimeSpan SweepInterval,
    NatTimeoutSettings Timeouts)
{
    internal const string PortsKey = "udptun.nat.ports";
    internal const string AddressKey = "udptun.nat.address";

    private const int LowestPort = 1024;

    internal static NatSettings Read(SettingsReader reader)
    {
        var (first, last) = reader.Parsed(PortsKey, "a range FIRST-LAST of ports from 1024 to 65535", ParsePorts);
        return new NatSettings(
            reader.Parsed(AddressKey, "an IPv4 address", ParseV4),
            first,
            last,
            reader.Choice<OuterPortSelection>("udptun.nat.port-selection"),
            reader.Count("udptun.nat.max-sessions-per-client", 1, 1_000_000, "sessions"),
            reader.Time("udptun.nat.sweep-interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60)),
            NatTimeoutSettings.Read(reader));
    }

    private static (ushort First, ushort Last)? ParsePorts(string text)
    {
        var dash = text.IndexOf('-');
        if (dash < 0 || !ushort.TryParse(text.AsSpan(0, dash), out var first) || !ushort.TryParse(text.AsSpan(dash + 1), out var last))
            return null;
        return first >= LowestPort && first <= last ? (first, last) : null;
    }

    private static InetAddress? ParseV4(string text) => InetAddress.TryParse(text, out var address) && address.IsV4 ? address : null;
}
