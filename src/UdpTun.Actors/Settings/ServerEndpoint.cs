using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings;

/// <summary>Where a client finds its server: a name or an address (IPv6 without brackets) and a UDP port, not resolved yet.</summary>
public sealed record ServerEndpoint(string Host, ushort Port)
{
    /// <summary>The port where none is written: the article's.</summary>
    public const ushort DefaultPort = 9877;

    /// <summary>What <see cref="Parse(string)"/> takes, in words.</summary>
    public const string Expected = "HOST or HOST:PORT with a port from 1 to 65535, an IPv6 address in brackets: [2001:db8::1]:9877";

    /// <summary>Reads what <see cref="Expected"/> says; null for anything else.</summary>
    public static ServerEndpoint? Parse(string text) => Parse(text, DefaultPort);

    /// <summary>The same with another port where none is written.</summary>
    public static ServerEndpoint? Parse(string text, ushort defaultPort)
    {
        var (host, port) = Split(text);
        if (ParsePort(port, defaultPort) is not { } number) return null;
        if (host.StartsWith('[') && host.EndsWith(']')) return IsV6(host[1..^1]) ? new ServerEndpoint(host[1..^1], number) : null;
        return IsNameOrV4(host) ? new ServerEndpoint(host, number) : null;
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static (string Host, string? Port) Split(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon < 0 || text.EndsWith(']') ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }

    private static ushort? ParsePort(string? port, ushort defaultPort) =>
        port is null ? defaultPort : ushort.TryParse(port, out var number) && number > 0 ? number : null;

    private static bool IsV6(string text) => InetAddress.TryParse(text, out var address) && !address.IsV4;

    // Labels of letters, digits and hyphens (RFC 1123 section 2.1); the underscore is common in private zones.
    private static bool IsNameOrV4(string text) =>
        text.Length is > 0 and <= 253 &&
        text.Split('.').All(label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) &&
        (!text.All(c => char.IsAsciiDigit(c) || c == '.') || InetAddress.TryParse(text, out _));
}
