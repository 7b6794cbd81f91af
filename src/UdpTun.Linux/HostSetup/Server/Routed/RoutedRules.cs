using System.Text;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// The nft table of the exit routed. It translates nothing. What is not tracked is not translated by another's rules either, fills no
/// connection table and knows no timers but ours.
/// </summary>
internal static class RoutedRules
{
    /// <param name="device">The TUN.</param>
    /// <param name="inside">What lies behind the TUN as the kernel sees it.</param>
    public static CommandChange Table(string device, IReadOnlyList<InetPrefix> inside)
    {
        var rules = new StringBuilder();
        rules.AppendLine("chain input {");
        rules.AppendLine("  type filter hook input priority filter; policy accept;");
        rules.AppendLine($"  iifname \"{device}\" counter drop");
        rules.AppendLine("}");
        rules.AppendLine("chain untracked {");
        rules.AppendLine("  type filter hook prerouting priority raw; policy accept;");
        rules.AppendLine($"  iifname \"{device}\" notrack");
        Untrack(rules, inside);
        rules.AppendLine("}");
        // What the host itself sends to them: ICMP errors about packets that it could not pass on.
        rules.AppendLine("chain untracked_own {");
        rules.AppendLine("  type filter hook output priority raw; policy accept;");
        Untrack(rules, inside);
        rules.AppendLine("}");
        return NftTable.Change(device, rules.ToString());
    }

    private static void Untrack(StringBuilder rules, IReadOnlyList<InetPrefix> inside)
    {
        foreach (var family in inside.GroupBy(prefix => prefix.Address.IsV4))
        {
            var networks = string.Join(", ", family.Select(prefix => prefix.Network()));
            rules.AppendLine($"  {(family.Key ? "ip" : "ip6")} daddr {{ {networks} }} notrack");
        }
    }
}
