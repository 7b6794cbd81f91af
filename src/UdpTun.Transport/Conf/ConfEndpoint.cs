using System.Globalization;
using UdpTun.Net.Flows;

namespace UdpTun.Transport.Conf;

/// <summary>Where a peer is found: a name or an address (IPv6 without brackets) and a UDP port, not resolved yet.</summary>
public sealed record ConfEndpoint(string Host, ushort Port)
{
    private const int LongestName = 253; // RFC 1035 section 2.3.4, without the last dot

    /// <summary>Reads <c>vpn.example:51820</c> or <c>[2001:db8::1]:51820</c>; null for anything else.</summary>
    public static ConfEndpoint? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return null;
        var host = text[..colon];
        if (port == 0) return null;
        if (host.StartsWith('[') && host.EndsWith(']'))
            return InetAddress.TryParse(host[1..^1], out var address) && !address.IsV4 ? new ConfEndpoint(host[1..^1], port) : null;
        return IsNameOrV4(host) ? new ConfEndpoint(host, port) : null;
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool IsNameOrV4(string host) =>
        host.Length <= LongestName && host.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}
