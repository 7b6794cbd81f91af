using System.Globalization;

namespace UdpTun.Transport.Conf;

/// <summary>The lines of one section, each key as often as it stands there; what may stand there, and what is refused.</summary>
/// <param name="kind"><see cref="Interface"/> or <see cref="Peer"/>.</param>
/// <param name="line">Where the section begins.</param>
internal sealed class ConfSection(string kind, int line)
{
    public const string Interface = "[Interface]";
    public const string Peer = "[Peer]";

    private const string Commands =
        "runs shell commands, which udptun never does; take it out, or let WG_QUICK_USERSPACE_IMPLEMENTATION=udptun wg-quick up run the file";

    // No file of ours is ever written back, and only a mark of our own keeps a full tunnel from swallowing its own datagrams.
    private static readonly Dictionary<string, string> Refused = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PreUp"] = Commands,
        ["PostUp"] = Commands,
        ["PreDown"] = Commands,
        ["PostDown"] = Commands,
        ["SaveConfig"] = "would write to this file, which udptun never does; take it out",
        ["FwMark"] = "is chosen by udptun itself; take it out",
    };

    private static readonly Dictionary<string, string[]> Known = new()
    {
        [Interface] = ["PrivateKey", "Address", "DNS", "MTU", "ListenPort", "Table"],
        [Peer] = ["PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"],
    };

    private static readonly string[] Lists = ["Address", "DNS", "AllowedIPs"];

    private readonly List<(string Key, string Value, int Line)> _entries = [];

    public string Kind { get; } = kind;

    public int Line { get; } = line;

    /// <summary>The section's kind by its head line, or null.</summary>
    public static string? KindOf(string head) =>
        new[] { Interface, Peer }.FirstOrDefault(kind => kind.Equals(head, StringComparison.OrdinalIgnoreCase));

    public void Add(string text, int number)
    {
        var equals = text.IndexOf('=');
        // The line is not shown: it may be a key that lost its name.
        if (equals <= 0) throw new ConfException(number, "the line is no KEY = VALUE");
        _entries.Add((text[..equals].Trim(), text[(equals + 1)..].Trim(), number));
    }

    /// <exception cref="ConfException">A key is unknown, refused, or twice where it may be once.</exception>
    public void Check()
    {
        var first = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value, number) in _entries)
        {
            if (Kind == Interface && Refused.TryGetValue(key, out var why) && !IsOff(key, value)) throw new ConfException(number, $"{key} {why}");
            if (Kind == Interface && Refused.ContainsKey(key)) continue;
            if (!Known[Kind].Contains(key, StringComparer.OrdinalIgnoreCase))
                throw new ConfException(number, $"'{key}' is no key of {Kind}; there are {string.Join(", ", Known[Kind])}");
            if (!Lists.Contains(key, StringComparer.OrdinalIgnoreCase) && !first.TryAdd(key, number))
                throw new ConfException(number, $"{key} stands twice, first in line {first[key]}");
        }
    }

    public ConfException Missing(string key) => new(Line, $"{Kind} has no {key}");

    /// <summary>The value read by <paramref name="parse"/>, null where the key is missing.</summary>
    /// <exception cref="ConfException">It is not what is <paramref name="expected"/>; the value of a key is not shown.</exception>
    public T? One<T>(string key, string expected, Func<string, T?> parse)
        where T : class => Find(key) is { } entry ? parse(entry.Value) ?? throw Wrong(key, entry, expected) : null;

    /// <inheritdoc cref="One{T}(string, string, Func{string, T})"/>
    public T? One<T>(string key, string expected, Func<string, T?> parse)
        where T : struct => Find(key) is { } entry ? parse(entry.Value) ?? throw Wrong(key, entry, expected) : null;

    /// <param name="key">Its name.</param>
    /// <param name="least">The smallest number allowed.</param>
    /// <param name="most">The largest.</param>
    /// <param name="zero">A word for 0, or null.</param>
    public int? Number(string key, int least, int most, string? zero = null) =>
        One<int>(key, $"{(zero is null ? "" : $"{zero} or ")}a whole number from {least} to {most}", text =>
            text.Equals(zero, StringComparison.OrdinalIgnoreCase) ? 0
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
            : null);

    /// <summary>All elements behind the key, in their order.</summary>
    public IEnumerable<(string Value, int Line)> List(string key) =>
        from entry in _entries
        where Is(entry.Key, key)
        from element in entry.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        select (element, entry.Line);

    private (string Value, int Line)? Find(string key)
    {
        foreach (var entry in _entries)
            if (Is(entry.Key, key)) return (entry.Value, entry.Line);
        return null;
    }

    private static ConfException Wrong(string key, (string Value, int Line) entry, string expected) =>
        new(entry.Line, key.EndsWith("Key", StringComparison.Ordinal)
            ? $"{key} is not {expected}"
            : $"{key} is '{entry.Value}', but must be {expected}");

    private static bool Is(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    // What changes nothing is no reason to refuse a file.
    private static bool IsOff(string key, string value) =>
        (Is(key, "SaveConfig") && Is(value, "false")) || (Is(key, "FwMark") && (Is(value, "off") || value is "0" or "0x0"));
}
