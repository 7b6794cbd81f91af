using System.Globalization;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings.Reading;

/// <summary>
/// The one way from HOCON to a value. Akka's own getters answer zero for a missing key and take a time without a unit; this
/// reader fails instead, always with the same sentence: key, value, what is allowed.
/// </summary>
public sealed class SettingsReader(Config config)
{
    private readonly HashSet<string> _keysRead = new(StringComparer.Ordinal);

    /// <summary>The full keys read so far; a key of reference.conf that is never among them is stale.</summary>
    public IReadOnlySet<string> KeysRead => _keysRead;

    internal string Text(string key, string expected)
    {
        var value = Find(key, expected);
        if (value.IsString() && value.GetString() is { } text) return text;
        throw new SettingsException(key, $"{key} is {(value.IsObject() ? "a section" : "a list")}, but must be {expected}");
    }

    internal T Parsed<T>(string key, string expected, Func<string, T?> parse)
        where T : struct => parse(Text(key, expected)) ?? throw Refused(key, Text(key, expected), expected);

    internal T Parsed<T>(string key, string expected, Func<string, T?> parse)
        where T : class => parse(Text(key, expected)) ?? throw Refused(key, Text(key, expected), expected);

    internal IReadOnlyList<T> ParsedList<T>(string key, string expected, Func<string, T?> parse)
        where T : class => [.. Texts(key, expected).Select(text => parse(text) ?? throw Refused(key, text, expected))];

    internal int Count(string key, int least, int most, string unit) =>
        Parsed<int>(key, CountRange(least, most, unit), text => ParseCount(text, least, most));

    /// <summary>A whole number, or null for the word that stands for none.</summary>
    internal int? CountOr(string word, string key, int least, int most, string unit)
    {
        var expected = $"'{word}' or {CountRange(least, most, unit)}";
        return Text(key, expected) == word ? null : Parsed<int>(key, expected, text => ParseCount(text, least, most));
    }

    internal TimeSpan Time(string key, TimeSpan least, TimeSpan most)
    {
        var range = $"{Quantity.Format(least)} to {Quantity.Format(most)}";
        return Parsed<TimeSpan>(key, $"a time from {range} with its unit ({Quantity.TimeUnits})", text =>
            Quantity.ParseTime(text) is { } time && time >= least && time <= most ? time : null);
    }

    /// <summary>A time, or null for the word that stands for none.</summary>
    internal TimeSpan? TimeOr(string word, string key, TimeSpan least, TimeSpan most)
    {
        var range = $"{Quantity.Format(least)} to {Quantity.Format(most)}";
        var expected = $"'{word}' or a time from {range} with its unit ({Quantity.TimeUnits})";
        return Text(key, expected) == word ? null : Parsed<TimeSpan>(key, expected, text =>
            Quantity.ParseTime(text) is { } time && time >= least && time <= most ? time : null);
    }

    internal int Size(string key, int least, int most)
    {
        var range = $"{Quantity.Format(least)} to {Quantity.Format(most)}";
        return Parsed<int>(key, $"a size from {range} with its unit ({Quantity.SizeUnits})", text =>
            Quantity.ParseSize(text) is { } size && size >= least && size <= most ? (int)size : null);
    }

    /// <summary>A size, or null for the word that stands for none.</summary>
    internal long? SizeOr(string word, string key, long least, long most)
    {
        var expected = $"'{word}' or a size from {Quantity.Format(least)} to {Quantity.Format(most)} with its unit ({Quantity.SizeUnits})";
        return Text(key, expected) == word ? null : Parsed<long>(key, expected, text =>
            Quantity.ParseSize(text) is { } size && size >= least && size <= most ? size : null);
    }

    internal T Choice<T>(string key)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(KebabCase).ToArray();
        var index = Array.IndexOf(names, Text(key, OneOf(names)));
        return index >= 0 ? Enum.GetValues<T>()[index] : throw Refused(key, Text(key, OneOf(names)), OneOf(names));
    }

    internal bool Switch(string key) => Parsed<bool>(key, "on or off", text => text switch { "on" => true, "off" => false, _ => null });

    internal InetEndpoint Endpoint(string key) =>
        Parsed<InetEndpoint>(key, "ADDRESS:PORT with a port from 1 to 65535, an IPv6 address in brackets: [::]:9877", text =>
            InetEndpoint.TryParse(text, out var endpoint) && endpoint.Port > 0 ? endpoint : null);

    internal InetPrefix AddressV4WithPrefix(string key) =>
        Parsed<InetPrefix>(key, "an IPv4 address with its prefix length, 1 to 32, such as 192.168.61.1/24", text =>
            ParseWithLength(text) is { Address.IsV4: true } prefix ? prefix : null);

    internal InetPrefix? OptionalAddressV6WithPrefix(string key)
    {
        const string Expected = "empty or an IPv6 address with its prefix length, 1 to 128, such as fd61::1/64";
        return Text(key, Expected).Length == 0
            ? null
            : Parsed<InetPrefix>(key, Expected, text => ParseWithLength(text) is { Address.IsV4: false } prefix ? prefix : null);
    }

    internal IReadOnlyList<InetPrefix> Prefixes(string key)
    {
        const string Expected = "a list of address ranges such as 10.0.0.0/8 or fd00::/8";
        return [.. Texts(key, Expected).Select(Parse)];

        InetPrefix Parse(string text) => InetPrefix.TryParse(text, out var prefix) ? prefix : throw Refused(key, text, Expected);
    }

    private static string CountRange(int least, int most, string unit) => $"a whole number from {least} to {most} ({unit})";

    private static int? ParseCount(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : null;

    private static InetPrefix? ParseWithLength(string text) =>
        text.Contains('/') && InetPrefix.TryParse(text, out var prefix) && prefix.Length > 0 ? prefix : null;

    // PortRange is written port-range.
    private static string KebabCase(string name) =>
        string.Concat(name.Select((letter, i) => i > 0 && char.IsUpper(letter) ? $"-{letter}" : $"{letter}")).ToLowerInvariant();

    private static string OneOf(string[] names) => names.Length == 1 ? $"'{names[0]}'" : $"one of {string.Join(", ", names)}";

    internal static SettingsException Refused(string key, string value, string expected) =>
        new(key, $"{key} is '{value}', but must be {expected}");

    private List<string> Texts(string key, string expected)
    {
        var value = Find(key, expected);
        if (value.IsString()) throw Refused(key, value.GetString(), expected);
        if (value.IsObject()) throw new SettingsException(key, $"{key} is a section, but must be {expected}");

        // Akka says of an empty list that it is none; neither text nor section is left to be one.
        var texts = value.GetArray().Select(element => element.IsString() ? element.GetString() ?? "" : "").ToList();
        return texts.TrueForAll(text => text.Length > 0)
            ? texts
            : throw new SettingsException(key, $"{key} has an element that is no text, but must be {expected}");
    }

    private HoconValue Find(string key, string expected)
    {
        _keysRead.Add(key);
        return config.HasPath(key) ? config.GetValue(key) : throw new SettingsException(key, $"{key} is missing; it must be {expected}");
    }
}
