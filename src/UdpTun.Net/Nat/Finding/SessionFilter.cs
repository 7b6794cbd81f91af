using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Finding;

/// <summary>Which sessions are meant; what is null does not matter. Any thread.</summary>
/// <param name="Peer">Whose they are, by the peer's name or the address in it.</param>
/// <param name="Protocol">Of the flow; ICMP means both kinds.</param>
/// <param name="State">Where the session stands.</param>
/// <param name="Destination">The remote's address is in this range.</param>
/// <param name="Port">The remote's port.</param>
/// <param name="Text">Part of the session's name, its peer's, or one of its endpoints.</param>
public sealed record SessionFilter(
    string? Peer = null, IpProtocol? Protocol = null, SessionState? State = null, InetPrefix? Destination = null, ushort? Port = null,
    string? Text = null)
{
    /// <summary>Everything.</summary>
    public static readonly SessionFilter None = new();

    public bool Admits(NatSession session, string peer) =>
        (State is not { } state || session.State == state)
        && Admits(peer, session.Name, session.Mapping.Protocol, session.Mapping.Inner, session.Mapping.Outer, session.Remote);

    /// <summary>The same for what is no session, whose state is not asked for; what is null it does not have.</summary>
    public bool Admits(
        string peer, string? name, IpProtocol? of, InetEndpoint? inner, InetEndpoint? outer, InetEndpoint? remote) =>
        (Protocol is not { } protocol || IsOf(protocol, of))
        && (Port is not { } port || remote?.Port == port)
        && (Destination is not { } destination || (remote is { } far && destination.Contains(far.Address)))
        && (Peer is null || IsPeer(peer))
        && (Text is null || Has(name) || Has(peer) || Has(inner?.ToString()) || Has(outer?.ToString()) || Has(remote?.ToString()));

    private static bool IsOf(IpProtocol wanted, IpProtocol? protocol) =>
        protocol == wanted || (wanted == IpProtocol.Icmp && protocol == IpProtocol.IcmpV6);

    // 10.77.1.2 is the peer 10.77.1.2:40000, and 10.77.1.20:40000 is not.
    private bool IsPeer(string peer) =>
        peer == Peer || (peer.StartsWith(Peer!, StringComparison.Ordinal) && peer[Peer!.Length] == ':')
        || (peer.StartsWith('[') && peer.StartsWith($"[{Peer}]:", StringComparison.Ordinal));

    private bool Has(string? text) => text is not null && text.Contains(Text!, StringComparison.OrdinalIgnoreCase);
}
