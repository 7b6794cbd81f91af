using Microsoft.AspNetCore.Http;
using UdpTun.Actors.Messages;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Finding;

namespace UdpTun.Host.Control.Flows;

/// <summary>The question in a query string: peer, protocol, state, destination, text, sort, max, cursor.</summary>
internal static class FlowQuery
{
    public const int DefaultMax = 100;
    public const int MostMax = 1000;

    private const string Destinations = "an address, a range such as 203.0.113.0/24, an address with a port, or :PORT alone";

    /// <exception cref="ControlException">A part of it makes no sense; the message says which and what would.</exception>
    public static GetSessions Read(IQueryCollection query)
    {
        return new GetSessions(Number(query, "max", 1, MostMax) is { } max ? (int)max : DefaultMax)
        {
            Filter = ReadFilter(query),
            Order = Choice<SessionOrder>(query, "sort") ?? SessionOrder.Newest,
            Before = Number(query, "cursor", 0, long.MaxValue),
        };
    }

    /// <summary>The part of the question that says which flows are meant.</summary>
    /// <exception cref="ControlException">A part of it makes no sense.</exception>
    public static SessionFilter ReadFilter(IQueryCollection query)
    {
        var (destination, port) = ReadDestination(Text(query, "destination"));
        return new SessionFilter(
            Text(query, "peer"), ReadProtocol(Text(query, "protocol")), Choice<SessionState>(query, "state"), destination, port,
            Text(query, "text"));
    }

    private static IpProtocol? ReadProtocol(string? text) => text switch
    {
        null => null,
        "tcp" => IpProtocol.Tcp,
        "udp" => IpProtocol.Udp,
        "icmp" => IpProtocol.Icmp,
        "icmp6" => IpProtocol.IcmpV6,
        _ => throw Wrong("protocol", text, "tcp, udp, icmp or icmp6"),
    };

    private static (InetPrefix? Range, ushort? Port) ReadDestination(string? text)
    {
        if (text is null) return (null, null);
        if (text.StartsWith(':') && ushort.TryParse(text.AsSpan(1), out var port)) return (null, port);
        if (InetAddress.TryParse(text, out var address)) return (new InetPrefix(address, address.IsV4 ? 32 : 128), null);
        if (InetPrefix.TryParse(text, out var range)) return (range, null);
        if (System.Net.IPEndPoint.TryParse(text, out var endpoint) && InetAddress.TryParse(endpoint.Address.ToString(), out address))
            return (new InetPrefix(address, address.IsV4 ? 32 : 128), (ushort)endpoint.Port);
        throw Wrong("destination", text, Destinations);
    }

    private static T? Choice<T>(IQueryCollection query, string name)
        where T : struct, Enum
    {
        if (Text(query, name) is not { } text) return null;
        var names = Enum.GetValues<T>().ToDictionary(value => value.ToString().ToLowerInvariant());
        return names.TryGetValue(text, out var value) ? value : throw Wrong(name, text, string.Join(", ", names.Keys));
    }

    private static long? Number(IQueryCollection query, string name, long least, long most)
    {
        if (Text(query, name) is not { } text) return null;
        return long.TryParse(text, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(name, text, most == long.MaxValue ? $"a number from {least}" : $"a number from {least} to {most}");
    }

    private static string? Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    private static ControlException Wrong(string name, string text, string expected) => new(400, $"{name} is '{text}', but must be {expected}");
}
