using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Conf;

/// <summary>
/// Reads the files of wg-quick(8) and wg(8): keys and sections of either case, comments behind '#', lists over commas and repeated keys. What we
/// do not carry out is refused by its name: a file half obeyed is worse than none.
/// </summary>
public static class ConfReader
{
    /// <summary>True when the text's first line that is no comment is <c>[Interface]</c> or <c>[Peer]</c>; HOCON never begins so.</summary>
    public static bool Recognizes(string text)
    {
        var first = Lines(text).Select(WithoutComment).FirstOrDefault(line => line.Length > 0) ?? "";
        return ConfSection.KindOf(first) is not null;
    }

    /// <exception cref="ConfException">A line is not understood or asks for what we do not do.</exception>
    public static QuickConf Read(string text)
    {
        var sections = Sections(text);
        var interfaces = sections.Where(section => section.Kind == ConfSection.Interface).ToList();
        if (interfaces.Count == 0) throw new ConfException(1, "the section [Interface] is missing");
        if (interfaces.Count > 1) throw new ConfException(interfaces[1].Line, $"[Interface] stands twice, first in line {interfaces[0].Line}");
        return new QuickConf(ReadInterface(interfaces[0]), [.. sections.Where(section => section != interfaces[0]).Select(ReadPeer)]);
    }

    private static List<ConfSection> Sections(string text)
    {
        var sections = new List<ConfSection>();
        var number = 0;
        foreach (var line in Lines(text).Select(WithoutComment))
        {
            number++;
            if (line.Length == 0) continue;
            if (line[0] == '[')
                sections.Add(new ConfSection(ConfSection.KindOf(line) ?? throw NoSection(line, number), number));
            else if (sections.Count == 0)
                throw new ConfException(number, "the file does not begin with [Interface]");
            else
                sections[^1].Add(line, number);
        }

        return sections;
    }

    private static ConfInterface ReadInterface(ConfSection section)
    {
        section.Check();
        var dns = section.List("DNS").ToList();
        return new ConfInterface
        {
            PrivateKey = section.One("PrivateKey", "a key in base64, 44 characters", text => SecretKey.TryParse(text, out var key) ? key : null)
                ?? throw section.Missing("PrivateKey"),
            Addresses = [.. section.List("Address").Select(entry => Prefix(entry, "Address"))],
            NameServers = [.. dns.Where(entry => IsAddress(entry.Value)).Select(entry => InetAddress.Parse(entry.Value))],
            SearchDomains = [.. dns.Where(entry => !IsAddress(entry.Value)).Select(Domain)],
            Mtu = section.Number("MTU", 576, ushort.MaxValue),
            ListenPort = section.Number("ListenPort", 0, ushort.MaxValue) is > 0 and var port ? (ushort)port : null,
            AddsRoutes = section.One("Table", "auto or off: the tunnel's routes are in tables of its own",
                text => text.ToLowerInvariant() is "auto" or "off" ? text : null)?.ToLowerInvariant() != "off",
        };
    }

    private static ConfPeer ReadPeer(ConfSection section)
    {
        section.Check();
        return new ConfPeer
        {
            PublicKey = section.One("PublicKey", "a key in base64, 44 characters", text => PublicKey.TryParse(text, out var key) ? key : null)
                ?? throw section.Missing("PublicKey"),
            PresharedKey = section.One("PresharedKey", "a key in base64, 44 characters", text => SecretKey.TryParse(text, out var key) ? key : null),
            AllowedIps = [.. section.List("AllowedIPs").Select(entry => Prefix(entry, "AllowedIPs"))],
            Endpoint = section.One("Endpoint", "HOST:PORT, an IPv6 address in brackets: [2001:db8::1]:51820", ConfEndpoint.Parse),
            PersistentKeepalive = (ushort)(section.Number("PersistentKeepalive", 0, ushort.MaxValue, zero: "off") ?? 0),
        };
    }

    private static InetPrefix Prefix((string Value, int Line) entry, string key) => InetPrefix.TryParse(entry.Value, out var prefix)
        ? prefix
        : throw new ConfException(entry.Line, $"{key} has '{entry.Value}', but must be address ranges such as 10.61.0.2/32, fd61::2/128");

    private static bool IsAddress(string text) => InetAddress.TryParse(text, out _);

    private static string Domain((string Value, int Line) entry) =>
        entry.Value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_') && entry.Value.Any(char.IsAsciiLetter)
            ? entry.Value
            : throw new ConfException(entry.Line, $"DNS has '{entry.Value}', but must be addresses of name servers and names of search domains");

    private static ConfException NoSection(string line, int number) =>
        new(number, $"'{line}' is no section; there are {ConfSection.Interface} and {ConfSection.Peer}");

    private static string[] Lines(string text) => text.Split('\n');

    private static string WithoutComment(string line) => line.IndexOf('#') is >= 0 and var at ? line[..at].Trim() : line.Trim();
}
