using System.Text.Json;

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

    /// <summary>Old-style iptables does not show in nft. Its list is only asked for where its table exists, for asking would make it.</summary>
    private static bool LegacyDrops(string program, InsideFamily family, string device, CommandRunner commands)
    {
        var tables = $"/proc/thread-self/net/{family.Header}_tables_names";
        if (!File.Exists(tables) || !File.ReadAllLines(tables).Contains("filter") || !commands.Has(program)) return false;
        var rules = commands.Try(null, program, "-S", "FORWARD");
        return rules.Succeeded
            && rules.Output.Contains("-P FORWARD DROP")
            && !(rules.Output.Contains($"-i {device} -j ACCEPT") && rules.Output.Contains($"-o {device} -j ACCEPT"));
    }
}

/// <summary>A base chain on the forward hook as nft lists it, with the rules of its table.</summary>
internal sealed class ForwardChain
{
    private readonly string _family;
    private readonly string _chain;
    private readonly List<(string Chain, JsonElement Expressions)> _rules;
    private readonly HashSet<string> _siblings;

    private ForwardChain(JsonElement chain, IEnumerable<JsonElement> ruleset)
    {
        _family = Text(chain, "family");
        _chain = Text(chain, "name");
        Table = Text(chain, "table");
        Drops = Text(chain, "policy") == "drop";
        var mine = ruleset.Where(entry => Text(entry, "family") == _family && Text(entry, "table") == Table).ToList();
        _siblings = [.. mine.Select(entry => Text(entry, "name"))];
        _rules = [.. mine.Where(entry => entry.TryGetProperty("expr", out _)).Select(rule => (Text(rule, "chain"), rule.GetProperty("expr")))];
    }

    public string Table { get; }

    public bool Drops { get; }

    public string Name => $"{_family} {Table} {_chain}";

    public static IEnumerable<ForwardChain> List(string ruleset)
    {
        using var document = JsonDocument.Parse(ruleset);
        var entries = document.RootElement.GetProperty("nftables").EnumerateArray()
            .SelectMany(entry => entry.EnumerateObject())
            .Where(entry => entry.Name is "chain" or "rule")
            .Select(entry => entry.Value.Clone())
            .ToList();
        return [.. entries
            .Where(entry => Text(entry, "hook") == "forward" && Text(entry, "type") == "filter")
            .Select(chain => new ForwardChain(chain, entries))];
    }

    public bool Sees(InsideFamily family) => _family == "inet" || _family == family.Header;

    /// <summary>Whether the table already accepts the device in both directions, in whatever chain.</summary>
    public bool Accepts(string device) => AcceptsBy("iifname", device) && AcceptsBy("oifname", device);

    /// <summary>The owner's own way in, so that the owner's next reload keeps it: Docker's user chain, ufw's routes, else the chain itself.</summary>
    public string Remedy(string device)
    {
        var program = _family == "ip6" ? "ip6tables" : "iptables";
        if (_siblings.Contains("DOCKER-USER"))
            return $"{program} -I DOCKER-USER -i {device} -j ACCEPT && {program} -I DOCKER-USER -o {device} -j ACCEPT";
        if (_siblings.Any(chain => chain.StartsWith("ufw")))
            return $"ufw route allow in on {device} && ufw route allow out on {device}";
        return $"nft insert rule {Name} iifname {device} accept && nft insert rule {Name} oifname {device} accept";
    }

    private static string Text(JsonElement entry, string property) =>
        entry.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private bool AcceptsBy(string key, string device) => _rules.Any(rule =>
    {
        var text = rule.Expressions.GetRawText();
        return text.Contains($"\"{key}\"") && text.Contains($"\"{device}\"") && text.Contains("\"accept\"");
    });
}
