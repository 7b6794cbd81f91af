using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.PortMapping;

namespace UdpTun.Actors.Settings;

/// <param name="Address">The IPv4 address that inner sources are rewritten to; inside the server's TUN subnet, not the gateway's.</param>
/// <param name="Address6">The same for IPv6, or null: IPv6 is not translated.</param>
/// <param name="Ports">Outer ports and echo ids, within 1024..65535; without the listening port where the host shares them.</param>
/// <param name="PortClasses">Whether inner ports below 1024 leave as such; heeded with the exit routed.</param>
/// <param name="PortSelection">How an outer port is chosen.</param>
/// <param name="PortParity">Whether UDP ports keep odd and even.</param>
/// <param name="PortRest">How long a freed port is nobody else's, 0s..1h.</param>
/// <param name="Filtering">Who may open a session from outside.</param>
/// <param name="UntranslatedDestinations">Where flows leave for with their inner source.</param>
/// <param name="MaxMappingsPerClient">Outer ports of one client at once, 1..65535.</param>
/// <param name="MaxSessionsPerClient">Sessions of one client at once, 1..1000000.</param>
/// <param name="MaxPercentFromOutside">How many of them others may begin, in percent, 0..99.</param>
/// <param name="StaticMappings">Ports that lead to clients.</param>
/// <param name="NatPmp">Whether clients may ask for mappings.</param>
/// <param name="NatPmpMaxLifetime">How long such a mapping is kept at most, 1m..7d.</param>
/// <param name="SweepInterval">Time between two looks for idle sessions, 100ms..60s.</param>
/// <param name="InboundRefresh">Whether what a client receives by UDP or ICMP keeps its session alive, too.</param>
/// <param name="Timeouts">When a session is idle; each 1s..7d.</param>
public sealed record NatSettings(
    InetAddress Address,
    InetAddress? Address6,
    PortRange Ports,
    bool PortClasses,
    PortSelection PortSelection,
    bool PortParity,
    TimeSpan PortRest,
    NatFiltering Filtering,
    IReadOnlyList<InetPrefix> UntranslatedDestinations,
    int MaxMappingsPerClient,
    int MaxSessionsPerClient,
    int MaxPercentFromOutside,
    IReadOnlyList<StaticMapping> StaticMappings,
    bool NatPmp,
    TimeSpan NatPmpMaxLifetime,
    TimeSpan SweepInterval,
    bool InboundRefresh,
    NatTimeouts Timeouts)
{
    internal const string PortsKey = "udptun.nat.ports";
    internal const string AddressKey = "udptun.nat.address";
    internal const string Address6Key = "udptun.nat.address6";

    private const int LowestPort = 1024;

    // The masqueraded share the uplink's ports with the host's own sockets; a routed address holds nothing else.
    private static readonly PortRange SharedPorts = new(20000, 29999);
    private static readonly PortRange RoutedPorts = new(LowestPort, ushort.MaxValue);

    internal static NatSettings Read(SettingsReader reader) => new(
        reader.Parsed(AddressKey, "an IPv4 address", ParseV4),
        ReadAddress6(reader),
        ReadPorts(reader),
        reader.Switch("udptun.nat.port-classes"),
        reader.Choice<PortSelection>("udptun.nat.port-selection"),
        reader.Switch("udptun.nat.port-parity"),
        reader.Time("udptun.nat.port-rest", TimeSpan.Zero, TimeSpan.FromHours(1)),
        new NatFiltering(reader.Choice<Filtering>("udptun.nat.filtering.udp"), reader.Choice<Filtering>("udptun.nat.filtering.tcp")),
        reader.Prefixes(UntranslatedRules.DestinationsKey),
        reader.Count("udptun.nat.max-mappings-per-client", 1, 65535, "ports"),
        reader.Count("udptun.nat.max-sessions-per-client", 1, 1_000_000, "sessions"),
        reader.Count("udptun.nat.max-percent-from-outside", 0, 99, "percent"),
        reader.ParsedList(StaticMappingRules.Key, StaticMappingRules.Expected, StaticMapping.Parse),
        reader.Switch("udptun.nat.nat-pmp"),
        reader.Time("udptun.nat.nat-pmp-max-lifetime", TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)),
        reader.Time("udptun.nat.sweep-interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60)),
        reader.Switch("udptun.nat.inbound-refresh"),
        ReadTimeouts(reader));

    /// <summary>
    /// The NAT's policy by these settings. Which outer addresses and ports there are, and what the tunnel carries, is left as it is: that is
    /// decided once, when the host is prepared.
    /// </summary>
    /// <param name="before">The policy with the addresses and ports.</param>
    /// <param name="innerRoutes">The inner ranges that the host routes into the tunnel.</param>
    /// <exception cref="SettingsException">A static mapping is of a family that has no outer address.</exception>
    public NatPolicy PolicyFrom(NatPolicy before, IReadOnlyList<InetPrefix> innerRoutes) => before with
    {
        Untranslated = new UntranslatedFlows(innerRoutes, UntranslatedDestinations),
        PortSelection = PortSelection,
        PortParity = PortParity,
        PortRest = PortRest,
        StaticMappings = StaticMappingRules.Reachable(StaticMappings, before),
        Filtering = Filtering,
        Timeouts = Timeouts,
        MaxMappingsPerClient = MaxMappingsPerClient,
        MaxSessionsPerClient = MaxSessionsPerClient,
        MaxPercentFromOutside = MaxPercentFromOutside,
        InboundRefresh = InboundRefresh,
        SweepInterval = SweepInterval,
    };

    private static NatTimeouts ReadTimeouts(SettingsReader reader)
    {
        return new NatTimeouts(Timeout("udp"), Timeout("icmp"), Timeout("tcp-opening"), Timeout("tcp-established"), Timeout("tcp-closing"));

        TimeSpan Timeout(string name) =>
            reader.Time($"udptun.nat.timeouts.{name}", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7));
    }

    private static PortRange ReadPorts(SettingsReader reader)
    {
        const string Expected = "'auto' or a range FIRST-LAST of ports from 1024 to 65535";
        if (reader.Text(PortsKey, Expected) != "auto") return reader.Parsed(PortsKey, Expected, ParsePorts);
        return reader.Choice<ExitKind>(ServerSettings.ExitKey) == ExitKind.Routed ? RoutedPorts : SharedPorts;
    }

    private static InetAddress? ReadAddress6(SettingsReader reader)
    {
        const string Expected = "empty or an IPv6 address";
        return reader.Text(Address6Key, Expected).Length == 0 ? null : reader.Parsed<InetAddress>(Address6Key, Expected, ParseV6);
    }

    private static PortRange? ParsePorts(string text) =>
        PortRange.TryParse(text, out var range) && range.First >= LowestPort ? range : null;

    private static InetAddress? ParseV4(string text) => InetAddress.TryParse(text, out var address) && address.IsV4 ? address : null;

    private static InetAddress? ParseV6(string text) => InetAddress.TryParse(text, out var address) && !address.IsV4 ? address : null;
}
