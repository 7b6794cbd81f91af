namespace UdpTun.Host.Configuration;

/// <summary>What stands behind a key: text, a list of texts, or a section of further keys.</summary>
internal abstract record ConfigValue
{
    internal sealed record Text(string Value) : ConfigValue;

    internal sealed record List(IReadOnlyList<string> Elements) : ConfigValue;

    internal sealed record Section : ConfigValue;

    /// <summary>
    /// A value given on the command line or in the environment. A shell eats HOCON's quotes, so they may be left out, as may the
    /// brackets of a list.
    /// </summary>
    internal static ConfigValue FromArgument(string text, bool isList)
    {
        if (!isList) return new Text(WithoutQuotes(text));
        var inner = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        if (string.IsNullOrWhiteSpace(inner)) return new List([]);
        return new List([.. inner.Split(',').Select(element => WithoutQuotes(element.Trim()))]);
    }

    /// <summary>As HOCON writes it.</summary>
    internal string ToHocon() => this switch
    {
        Text text => Quoted(text.Value),
        List list => $"[{string.Join(", ", list.Elements.Select(Quoted))}]",
        _ => "{}",
    };

    private static string Quoted(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        ? text
        : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string WithoutQuotes(string text) => text.Length >= 2 && text.StartsWith('"') && text.EndsWith('"') ? text[1..^1] : text;
}
