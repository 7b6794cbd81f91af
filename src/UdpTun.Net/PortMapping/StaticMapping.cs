using System.Globalization;
using UdpTun.Net.Flows;

namespace UdpTun.Net.PortMapping;

/// <summary>A port that the operator leads to a client ("port forwarding"), open to everybody for ever.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="OuterPort">The port that the internet sees; never 0.</param>
/// <param name="Inner">Where it leads to; its family is the outer port's too.</param>
/// <param name="Client">The only address outside the tunnel that the client may have; null: any.</param>
public sealed record StaticMapping(IpProtocol Protocol, ushort OuterPort, InetEndpoint Inner, InetAddress? Client)
{
    /// <summary>Reads <c>tcp 20080 -> 10.61.0.2:80</c> or <c>udp 20053 -> [fd61::2]:53 @ 172.16.0.7</c>; null for anything else.</summary>
    public static StaticMapping? Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (4 or 6) || words[1..3] is not [var port, "->"]) return null;
        var protocol = words[0] switch { "tcp" => IpProtocol.Tcp, "udp" => IpProtocol.Udp, _ => IpProtocol.None };
        if (protocol == IpProtocol.None || !TryParsePort(port, out var outer)) return null;
        if (!InetEndpoint.TryParse(words[3], out var inner) || inner.Port == 0) return null;
        if (words.Length == 4) return new StaticMapping(protocol, outer, inner, null);
        return words[4] == "@" && InetAddress.TryParse(words[5], out var client) ? new StaticMapping(protocol, outer, inner, client) : null;
    }

    public override string ToString() =>
        $"{(Protocol == IpProtocol.Tcp ? "tcp" : "udp")} {OuterPort} -> {Inner}{(Client is { } client ? $" @ {client}" : "")}";

    private static bool TryParsePort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0;
}
