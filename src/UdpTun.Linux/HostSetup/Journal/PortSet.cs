using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace UdpTun.Linux.HostSetup;

/// <summary>A set of ports as the kernel writes it: <c>8080,20000-29999</c>.</summary>
internal sealed class PortSet
{
    private readonly SortedSet<int> _ports;

    private PortSet(IEnumerable<int> ports) => _ports = [.. ports];

    public static PortSet Empty { get; } = new([]);

    /// <exception cref="FormatException">Not a set of ports.</exception>
    public static PortSet Parse(string text) =>
        TryParse(text, out var ports) ? ports : throw new FormatException($"'{text}' is not a set of ports such as 8080,20000-29999");

    public static bool TryParse(string text, [MaybeNullWhen(false)] out PortSet ports)
    {
        ports = null;
        var all = new List<int>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryParsePort(ends[0], out var first) || !TryParsePort(ends[^1], out var last) || last < first) return false;
            all.AddRange(Enumerable.Range(first, last - first + 1));
        }

        ports = new PortSet(all);
        return true;
    }

    public PortSet With(PortSet other) => new(_ports.Union(other._ports));

    public PortSet Without(PortSet other) => new(_ports.Except(other._ports));

    public override string ToString()
    {
        var parts = new List<string>();
        int? first = null;
        foreach (var port in _ports)
        {
            first ??= port;
            if (_ports.Contains(port + 1)) continue;
            parts.Add(first == port ? $"{port}" : $"{first}-{port}");
            first = null;
        }

        return string.Join(',', parts);
    }

    private static bool TryParsePort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
}
