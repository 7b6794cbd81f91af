using UdpTun.Net.Nat;
using UdpTun.Net.PortMapping;

namespace UdpTun.Actors.Settings.Reading;

/// <summary>What the static mappings ask of each other and of the NAT's ports.</summary>
internal static class StaticMappingRules
{
    internal const string Key = "udptun.nat.static-mappings";
    internal const string Expected =
        "a list of entries such as \"tcp 20080 -> 10.61.0.2:80\" or \"udp 20053 -> [fd61::2]:53 @ CLIENT-ADDRESS\"";

    internal static void Check(NatSettings nat)
    {
        var outer = new Dictionary<object, StaticMapping>();
        var inner = new Dictionary<object, StaticMapping>();
        foreach (var entry in nat.StaticMappings)
        {
            if (!nat.Ports.Contains(entry.OuterPort))
                throw Refused(entry, $"port {entry.OuterPort} is not in udptun.nat.ports ({nat.Ports})");
            var isV4 = entry.Inner.Address.IsV4;
            if (!outer.TryAdd((entry.Protocol, isV4, entry.OuterPort), entry))
                throw Refused(entry, $"port {entry.OuterPort} is that of '{outer[(entry.Protocol, isV4, entry.OuterPort)]}' too");
            if (!inner.TryAdd((entry.Protocol, entry.Inner), entry))
                throw Refused(entry, $"'{inner[(entry.Protocol, entry.Inner)]}' leads to {entry.Inner} too; an endpoint has one port");
        }
    }

    /// <summary>The mappings, all of which have an outer address; none where there is no outer address at all, as with the exit echo.</summary>
    internal static IReadOnlyList<StaticMapping> Reachable(IReadOnlyList<StaticMapping> entries, NatPolicy policy)
    {
        if (policy.OuterV4.Count + policy.OuterV6.Count == 0) return [];
        foreach (var entry in entries)
        {
            if ((entry.Inner.Address.IsV4 ? policy.OuterV4 : policy.OuterV6).Count == 0)
                throw Refused(entry, "the server has no outer address of that family");
        }

        return entries;
    }

    private static SettingsException Refused(StaticMapping entry, string reason) => new(Key, $"{Key} has '{entry}': {reason}");
}
