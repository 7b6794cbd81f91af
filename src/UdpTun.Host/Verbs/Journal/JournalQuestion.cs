using System.Globalization;
using UdpTun.Host.Cli;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Verbs.Journal;

/// <summary>Whose an outer endpoint was, and when.</summary>
/// <param name="Protocol">Of the packets that were seen.</param>
/// <param name="Outer">As the internet saw it.</param>
/// <param name="From">The beginning of the time that was named.</param>
/// <param name="To">Its end: as much later as the time was told exactly.</param>
internal sealed record JournalQuestion(IpProtocol Protocol, InetEndpoint Outer, DateTimeOffset From, DateTimeOffset To)
{
    // How a time may be written, and what it then means all of. A zone stands behind each: a guess would name the wrong client.
    private static readonly (string Format, TimeSpan Span)[] Times =
    [
        ("yyyy-MM-dd'T'HH:mmK", TimeSpan.FromMinutes(1)),
        ("yyyy-MM-dd'T'HH:mm:ssK", TimeSpan.FromSeconds(1)),
        ("yyyy-MM-dd'T'HH:mm:ss.fK", TimeSpan.FromMilliseconds(100)),
        ("yyyy-MM-dd'T'HH:mm:ss.ffK", TimeSpan.FromMilliseconds(10)),
        ("yyyy-MM-dd'T'HH:mm:ss.fffK", TimeSpan.FromMilliseconds(1)),
        ("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", TimeSpan.FromMilliseconds(1)),
    ];

    /// <exception cref="UsageException">One of them cannot be understood.</exception>
    public static JournalQuestion Parse(string endpoint, string protocol, string time)
    {
        if (!InetEndpoint.TryParse(endpoint, out var outer))
            throw new UsageException($"'{endpoint}' is no ADDRESS:PORT such as 203.0.113.5:4711 or [2001:db8::1]:4711");
        var (from, span) = ParseTime(time);
        return new JournalQuestion(ParseProtocol(protocol, outer.Address.IsV4), outer, from, from + span);
    }

    private static IpProtocol ParseProtocol(string text, bool isV4) => text.ToLowerInvariant() switch
    {
        "tcp" => IpProtocol.Tcp,
        "udp" => IpProtocol.Udp,
        "icmp" => isV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6,
        _ => throw new UsageException($"'{text}' is no protocol of a mapping; there are tcp, udp and icmp"),
    };

    private static (DateTimeOffset From, TimeSpan Span) ParseTime(string text)
    {
        // Without a zone the formats would take the local one.
        var hasZone = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');
        foreach (var (format, span) in Times)
        {
            if (hasZone && DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
                return (time.ToUniversalTime(), span);
        }

        throw new UsageException($"'{text}' is no time with its zone, such as 2026-11-22T14:03:07Z or 2026-11-22T15:03:07+01:00");
    }
}
