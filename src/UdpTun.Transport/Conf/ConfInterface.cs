using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Conf;

/// <summary>The section <c>[Interface]</c>.</summary>
public sealed record ConfInterface
{
    public required SecretKey PrivateKey { get; init; }

    /// <summary>The interface's own addresses with the length of their subnets.</summary>
    public IReadOnlyList<InetPrefix> Addresses { get; init; } = [];

    public IReadOnlyList<InetAddress> NameServers { get; init; } = [];

    /// <summary>The names among <c>DNS</c>: where short names are looked up.</summary>
    public IReadOnlyList<string> SearchDomains { get; init; } = [];

    /// <summary>In bytes, 576..65535; null: what suits the path.</summary>
    public int? Mtu { get; init; }

    /// <summary>The UDP port of the socket; null: any.</summary>
    public ushort? ListenPort { get; init; }

    /// <summary>False for <c>Table = off</c>: the peers' allowed IPs become no routes.</summary>
    public bool AddsRoutes { get; init; } = true;
}
