using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Reload;

/// <summary>What a running instance is to go by from now on, and what of the new configuration waits for its next start.</summary>
/// <param name="Settings">What runs, with the live settings of the new configuration laid over it.</param>
/// <param name="Secure">Where keys and peers are.</param>
/// <param name="Entries">The same settings by key.</param>
/// <param name="Taken">What is other than before.</param>
/// <param name="Waiting">What will be other after a restart.</param>
internal sealed record ConfigurationChange(
    TunnelSettings Settings, SecureSource Secure, IReadOnlyDictionary<string, ConfigEntry> Entries, IReadOnlyList<SettingChange> Taken,
    IReadOnlyList<SettingChange> Waiting)
{
    private const string Unset = "(not set)";

    /// <summary>Compares a new configuration, which is right in itself, with what runs.</summary>
    /// <param name="running">What the instance goes by now.</param>
    /// <param name="wanted">All layers, read anew.</param>
    /// <param name="role">Whose settings they are.</param>
    /// <param name="obstacle">What keeps the instance from going by settings while it runs: a key of theirs, and why; null: nothing.</param>
    /// <exception cref="ConfigurationException">The new settings do not fit what runs.</exception>
    public static ConfigurationChange Between(
        IReadOnlyDictionary<string, ConfigEntry> running, LoadedConfiguration wanted, Role role,
        Func<TunnelSettings, (string Key, string Why)?> obstacle)
    {
        var now = wanted.ByKey();
        var waiting = new Dictionary<string, string>(StringComparer.Ordinal);
        var live = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in running.Keys.Union(now.Keys).Where(key => TextOf(running, key) != TextOf(now, key)))
        {
            if (SettingLife.Concerns(key, role) && SettingLife.WhyItWaits(key) is { } why) waiting.Add(key, why);
            else live.Add(key);
        }

        while (true)
        {
            var entries = Overlay(running, now, live);
            var (settings, clash) = Read(entries, waiting.Count > 0, obstacle);
            if (clash is not var (key, reason))
            {
                return new ConfigurationChange(
                    settings!, wanted.Secure.With(settings!), entries, [.. live.Where(one => SettingLife.Concerns(one, role)).Select(one => Change(one, null))],
                    [.. waiting.Select(pair => Change(pair.Key, pair.Value))]);
            }

            if (!live.Remove(key)) throw new ConfigurationException($"it does not fit what runs, and a restart has to bring it: {reason}");
            waiting.Add(key, reason);
        }

        SettingChange Change(string key, string? why) => new(
            key, ShownOf(running, key), ShownOf(now, key), now.GetValueOrDefault(key)?.Origin ?? "nowhere", why);
    }

    /// <summary>
    /// The settings of a mixture of old and new. A rule that ties two of them may be broken by it although each whole keeps it: the key that the
    /// rule names then waits, too.
    /// </summary>
    private static (TunnelSettings? Settings, (string Key, string Why)? Clash) Read(
        IReadOnlyDictionary<string, ConfigEntry> entries, bool isMixed, Func<TunnelSettings, (string Key, string Why)?> obstacle)
    {
        var tree = new ConfigTree();
        foreach (var entry in entries.Values) tree.Put(entry);
        try
        {
            var settings = TunnelSettings.Read(tree.ToConfig());
            return (settings, obstacle(settings));
        }
        catch (SettingsException e) when (!isMixed)
        {
            throw tree.OriginOf(e.Key) is { } origin ? ConfigurationException.At(origin, e.Message, e) : new ConfigurationException(e.Message, e);
        }
        catch (SettingsException e)
        {
            return (null, (e.Key, $"until then {e.Message}"));
        }
    }

    private static IReadOnlyDictionary<string, ConfigEntry> Overlay(
        IReadOnlyDictionary<string, ConfigEntry> running, IReadOnlyDictionary<string, ConfigEntry> now, IReadOnlySet<string> live)
    {
        var entries = new Dictionary<string, ConfigEntry>(running, StringComparer.Ordinal);
        foreach (var key in live)
        {
            if (now.TryGetValue(key, out var entry)) entries[key] = entry;
            else entries.Remove(key);
        }

        return entries;
    }

    private static string? TextOf(IReadOnlyDictionary<string, ConfigEntry> entries, string key) => entries.GetValueOrDefault(key)?.Value.ToHocon();

    private static string ShownOf(IReadOnlyDictionary<string, ConfigEntry> entries, string key) =>
        entries.TryGetValue(key, out var entry) ? SettingValue.Of(entry).Value : Unset;
}
