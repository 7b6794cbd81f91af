using System.Text.Json;

namespace UdpTun.Linux.HostSetup;

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

    /// <summary>
    /// The owner's own way in, so that the owner's next reload keeps it: Docker's user chain, ufw's routes, else the chain itself.
    /// </summary>
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
