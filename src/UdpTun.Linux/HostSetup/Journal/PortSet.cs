using System.Globalization;

namespace UdpTun.Linux.HostSetup;

/// <summary>A set of ports as the kernel writes it: <c>8080,20000-29999</c>.</summary>
internal sealed class PortSet
{
    private readonly SortedSet<int> _ports;

    private PortSet(IEnumerable<int> ports) => _ports = [.. ports];

    public static PortSet Empty { get; } = new([]);

    public static PortSet Parse(string text) => new(text
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .SelectMany(part =>
        {
            var ends = part.Split('-');
            var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            return Enumerable.Range(first, int.Parse(ends[^1], CultureInfo.InvariantCulture) - first + 1);
        }));

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
}
