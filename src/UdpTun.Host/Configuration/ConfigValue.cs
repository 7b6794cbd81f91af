namespace UdpTun.Host.Configuration;

/// <summary>What stands behind a key: text, a list of texts, or a section of further keys.</summary>
internal abstract record ConfigValue
{
    internal sealed record Text(string Value) : ConfigValue;

    internal sealed record List(IReadOnlyList<string> Elements) : ConfigValue;

    internal sealed record Section : ConfigValue;

    /// <summary>
    /// A value given on the command line or in the environment. No HOCON: a shell eats its quotes. A list is separated by commas,
    /// its brackets may be left out.
    /// </summary>
    internal static ConfigValue FromArgument(string text, bool isList)
    {
        if (!isList) return new Text(text);
        var inner = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        if (string.IsNullOrWhiteSpace(inner)) return new List([]);
        return new List([.. inner.Split(',').Select(element => element.Trim().Trim('"'))]);
    }
}
