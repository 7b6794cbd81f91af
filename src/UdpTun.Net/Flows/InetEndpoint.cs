using System.Globalization;

namespace UdpTun.Net.Flows;

/// <summary>An address with a TCP or UDP port, or with an ICMP echo identifier in the port's place (RFC 5508 section 3.1).</summary>
public readonly record struct InetEndpoint(InetAddress Address, ushort Port)
{
    /// <summary>Reads <c>192.0.2.1:53</c> or <c>[2001:db8::1]:53</c>.</summary>
    public static bool TryParse(string text, out InetEndpoint endpoint)
    {
        endpoint = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return false;
        var host = text[..colon];
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (host.Contains(':') != bracketed) return false;
        if (!InetAddress.TryParse(bracketed ? host[1..^1] : host, out var address)) return false;
        endpoint = new InetEndpoint(address, port);
        return true;
    }

    public override string ToString() => Address.IsV4 ? $"{Address}:{Port}" : $"[{Address}]:{Port}";
}
