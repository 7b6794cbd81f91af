using System.Collections;

namespace UdpTun.Host.Configuration;

/// <summary>
/// Settings from the environment: the key in upper case, each dot as two underscores, each dash as one
/// (<c>udptun.nat.sweep-interval</c> is <c>UDPTUN__NAT__SWEEP_INTERVAL</c>).
/// </summary>
internal static class EnvironmentLayer
{
    private const string OurPrefix = "UDPTUN_";
    private const string Dot = "__";

    internal static string VariableOf(string key) => key.Replace(".", Dot).Replace('-', '_').ToUpperInvariant();

    /// <exception cref="ConfigurationException">A variable that is meant for us names no setting.</exception>
    internal static IEnumerable<ConfigEntry> Read(IDictionary environment, KnownKeys known)
    {
        var keys = known.Settings.ToDictionary(VariableOf, StringComparer.Ordinal);
        var ours = environment.Keys.Cast<string>().Where(name => name.StartsWith(OurPrefix, StringComparison.Ordinal));
        foreach (var variable in ours.Order(StringComparer.Ordinal))
        {
            if (keys.TryGetValue(variable, out var key))
                yield return ConfigEntry.FromArgument(key, (string)environment[variable]!, known.IsList(key), variable);
            else
                Refuse(variable, keys.Keys);
        }
    }

    // A variable without a double underscore may be somebody else's (a script's UDPTUN_HOME), unless it spells a setting but for that.
    private static void Refuse(string variable, IEnumerable<string> candidates)
    {
        var meant = candidates.FirstOrDefault(candidate => candidate.Replace(Dot, "_") == variable.Replace(Dot, "_"));
        if (meant is null && !variable.Contains(Dot)) return;
        var hint = NearestName.Hint(meant ?? NearestName.Of(variable, candidates));
        throw ConfigurationException.At(variable, $"the environment variable names no setting; {hint}");
    }
}
