namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Looks for other firewalls that drop what they do not know on its way through the host (Docker, ufw): an accept of ours cannot
/// overrule them, for a packet must pass every table. Changes nothing; the remedy is the owner's to apply.
/// </summary>
internal static class ForeignFirewalls
{
    /// <summary>One warning per chain that would drop the tunnel's packets, with the commands that open it.</summary>
    public static List<string> Find(string device, IReadOnlyList<InsideFamily> families, CommandRunner commands)
    {
        var warnings = new List<string>();
        var ours = DeviceName.ToNftName(device);
        foreach (var chain in ForwardChain.List(commands.Run("nft", "-j", "list", "ruleset")))
        {
            if (chain.Table == ours || !chain.Drops || chain.Accepts(device)) continue;
            if (families.Any(family => chain.Sees(family))) warnings.Add(Warning($"the nft chain {chain.Name}", chain.Remedy(device)));
        }

        foreach (var family in families.DistinctBy(family => family.IsV4))
        {
            var program = family.IsV4 ? "iptables-legacy" : "ip6tables-legacy";
            if (!LegacyDrops(program, family, device, commands)) continue;
            warnings.Add(Warning(
                $"the chain FORWARD of {program}", $"{program} -I FORWARD -i {device} -j ACCEPT && {program} -I FORWARD -o {device} -j ACCEPT"));
        }

        return warnings;
    }

    private static string Warning(string chain, string remedy) =>
        $"{chain} has policy drop: another firewall on this host drops forwarded packets, the tunnel's among them. Remedy: {remedy}";

    /// <summary>
    /// Old-style iptables does not show in nft. Its list is only asked for where its table exists, for asking would make it.
    /// </summary>
    private static bool LegacyDrops(string program, InsideFamily family, string device, CommandRunner commands)
    {
        if (!HasFilterTable($"/proc/thread-self/net/{family.Header}_tables_names") || !commands.Has(program)) return false;
        var rules = commands.Try(null, program, "-S", "FORWARD");
        return rules.Succeeded
            && rules.Output.Contains("-P FORWARD DROP")
            && !(rules.Output.Contains($"-i {device} -j ACCEPT") && rules.Output.Contains($"-o {device} -j ACCEPT"));
    }

    // Root alone may read the list (mode 0440) and ask iptables (CAP_NET_RAW), whatever else CAP_NET_ADMIN allows: who is not root is not warned.
    private static bool HasFilterTable(string list)
    {
        try
        {
            return File.Exists(list) && File.ReadAllLines(list).Contains("filter");
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
