using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace UdpTun.Host.Configuration;

/// <summary>
/// Which keys there are: under <c>udptun</c> those of reference.conf, under <c>akka</c> those of Akka's own reference. Everything else
/// is a typing error that would be ignored in silence, so it is refused with the nearest name.
/// </summary>
internal sealed class KnownKeys
{
    // One switch, udptun.log.level, sets both gates; a second one would contradict it.
    private const string AkkaLogLevel = "akka.loglevel";

    // Sections of Akka whose keys are names that the user chooses.
    private static readonly string[] _openSections =
    [
        "akka.actor.deployment.", "akka.actor.serializers.", "akka.actor.serialization-bindings.", "akka.actor.serialization-identifiers.",
        "akka.actor.serialization-settings.", "akka.actor.router.type-mapping.", "akka.coordinated-shutdown.phases.",
    ];

    private readonly Dictionary<string, ConfigValue> _settings;
    private readonly HashSet<string> _akka = new(StringComparer.Ordinal);

    internal KnownKeys(IReadOnlyList<ConfigEntry> reference)
    {
        _settings = reference.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        Collect("", ConfigurationFactory.Default().Root);
    }

    /// <summary>The keys under <c>udptun</c> that hold a value.</summary>
    internal IEnumerable<string> Settings =>
        _settings.Where(pair => pair.Value is not ConfigValue.Section).Select(pair => pair.Key).Where(key => IsIn("udptun.", key));

    internal bool IsList(string key) => _settings.TryGetValue(key, out var value) && value is ConfigValue.List;

    /// <exception cref="ConfigurationException">The key does not exist, or is a section where a value is given, or the reverse.</exception>
    internal void Check(ConfigEntry entry)
    {
        if (entry.Key == AkkaLogLevel)
            throw ConfigurationException.At(entry.Origin, $"{AkkaLogLevel} is set by udptun.log.level, which sets the program's level too");
        if (!_settings.TryGetValue(entry.Key, out var known))
        {
            if (!IsOfAkka(entry.Key)) throw Unknown(entry);
            return;
        }

        if (known is ConfigValue.Section != entry.Value is ConfigValue.Section)
            throw ConfigurationException.At(entry.Origin, known is ConfigValue.Section
                ? $"{entry.Key} is a section of settings and takes no value itself"
                : $"{entry.Key} is one setting and no section");
    }

    private ConfigurationException Unknown(ConfigEntry entry)
    {
        var nearest = NearestName.Of(entry.Key, _settings.Keys.Concat(_akka));
        return ConfigurationException.At(entry.Origin, $"{entry.Key} is no setting; {NearestName.Hint(nearest)}");
    }

    private bool IsOfAkka(string key) => _akka.Contains(key) || _openSections.Any(section => IsIn(section, key));

    private static bool IsIn(string section, string key) => key.StartsWith(section, StringComparison.Ordinal);

    private void Collect(string prefix, HoconValue value)
    {
        if (!value.IsObject()) return;
        foreach (var (name, child) in value.GetObject().Items)
        {
            _akka.Add(prefix + name);
            Collect($"{prefix}{name}.", child);
        }
    }
}
