namespace UdpTun.Net.Nat;

/// <summary>Ports, or ICMP identifiers, from <see cref="First"/> to <see cref="Last"/>, both included; 1 is the lowest allowed.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    public int Count => Last - First + 1;

    /// <summary>False for a range that is empty or holds 0, which no one can answer to.</summary>
    public bool IsValid => First > 0 && First <= Last;

    public bool Contains(ushort port) => port >= First && port <= Last;

    /// <summary>Reads <c>20000-29999</c> or a single port.</summary>
    public static bool TryParse(string text, out PortRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (!ushort.TryParse(dash < 0 ? text : text.AsSpan(0, dash), out var first)) return false;
        var last = first;
        if (dash >= 0 && !ushort.TryParse(text.AsSpan(dash + 1), out last)) return false;
        range = new PortRange(first, last);
        return range.IsValid;
    }

    public override string ToString() => $"{First}-{Last}";
}
