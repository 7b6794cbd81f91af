namespace UdpTun.Host.Configuration;

/// <summary>One assignment: the path of its key, its value, and where it was written (<c>server.conf:12</c>, <c>--set</c>).</summary>
internal sealed record ConfigEntry(IReadOnlyList<string> Path, ConfigValue Value, string Origin)
{
    /// <summary>The full key; a segment that holds a dot itself stands in quotes.</summary>
    internal string Key { get; } = string.Join('.', Path.Select(segment => segment.Contains('.') ? $"\"{segment}\"" : segment));

    /// <summary>An assignment that comes as plain text, from the command line or the environment.</summary>
    internal static ConfigEntry FromArgument(string key, string text, bool isList, string origin) =>
        new(key.Split('.'), ConfigValue.FromArgument(text, isList), origin);
}
