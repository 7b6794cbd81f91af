using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace UdpTun.Host.Configuration;

/// <summary>All layers laid over each other, lowest first, as the tree that Akka reads; remembers where each value came from.</summary>
internal sealed class ConfigTree
{
    private readonly HoconValue _root = NewSection();
    private readonly Dictionary<string, ConfigEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Lays <paramref name="entry"/> over what is there. A list replaces a list, a section adds to a section.</summary>
    internal void Put(ConfigEntry entry)
    {
        var node = entry.Path.Aggregate(_root, Descend);
        switch (entry.Value)
        {
            case ConfigValue.Text text:
                node.NewValue(new HoconLiteral { Value = text.Value });
                break;
            case ConfigValue.List list:
                node.NewValue(ArrayOf(list.Elements));
                break;
            case ConfigValue.Section when !node.IsObject():
                node.NewValue(new HoconObject());
                break;
        }

        _entries[entry.Key] = entry;
    }

    /// <summary>Where the value of <paramref name="key"/> was written, or null.</summary>
    internal string? OriginOf(string key) => _entries.GetValueOrDefault(key)?.Origin;

    /// <summary>What each key under a section comes to, in the order of their first appearance.</summary>
    internal IEnumerable<ConfigEntry> Under(string section) => _entries.Values.Where(entry =>
        entry.Value is not ConfigValue.Section && entry.Key.StartsWith($"{section}.", StringComparison.Ordinal));

    internal Config ToConfig() => new(new HoconRoot(_root));

    private static HoconValue Descend(HoconValue parent, string name)
    {
        if (!parent.IsObject()) parent.NewValue(new HoconObject());
        return parent.GetObject().GetOrCreateKey(name);
    }

    private static HoconArray ArrayOf(IEnumerable<string> elements)
    {
        var array = new HoconArray();
        foreach (var element in elements)
        {
            var value = new HoconValue();
            value.NewValue(new HoconLiteral { Value = element });
            array.Add(value);
        }

        return array;
    }

    private static HoconValue NewSection()
    {
        var section = new HoconValue();
        section.NewValue(new HoconObject());
        return section;
    }
}
