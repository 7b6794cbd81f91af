using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat;

/// <summary>
/// An inner endpoint of one client and the outer endpoint that stands for it, whatever the remote (endpoint-independent mapping,
/// RFC 4787 section 4.1, REQ-1). Owns its outer endpoint alone, and lives as long as its last session or as the client asked for,
/// whichever is longer.
/// </summary>
public sealed class NatMapping
{
    internal NatMapping(PeerId client, IpProtocol protocol, InetEndpoint inner, InetEndpoint outer)
    {
        Client = client;
        Protocol = protocol;
        Inner = inner;
        Outer = outer;
    }

    public PeerId Client { get; }

    public IpProtocol Protocol { get; }

    /// <summary>The client's own address and port or ICMP identifier. Two clients may have the same.</summary>
    public InetEndpoint Inner { get; }

    /// <summary>What the remote sees.</summary>
    public InetEndpoint Outer { get; }

    /// <summary>Why it has the port of its outer endpoint, where that is not the inner one itself.</summary>
    public PortOrigin Origin { get; init; }

    /// <summary>The policy that it was opened by, which may be another by now.</summary>
    public required NatPolicy OpenedBy { get; init; }

    /// <summary>False when the remote sees the inner endpoint itself; see <see cref="UntranslatedFlows"/>.</summary>
    public bool IsTranslated { get; init; } = true;

    /// <summary>Until when the client asked to keep it (NAT-PMP); null: no longer than its sessions.</summary>
    public TimeSpan? HeldUntil { get; internal set; }

    /// <summary>Whether it lets in everybody, whatever <see cref="NatPolicy.Filtering"/> says: it is there to be reached.</summary>
    public bool AdmitsEverybody => HeldUntil is not null || IsStatic;

    /// <summary>Whether the operator made it; it is then there for as long as it leads to its client.</summary>
    public bool IsStatic => Binding is not null;

    /// <summary>Whether its client has made room for another: it gets no new session, and the next sweep ends those it has.</summary>
    public bool IsGivenUp { get; internal set; }

    /// <summary>
    /// Whether the operator has given its inner or outer endpoint to a static mapping since: it gets no new session, and is gone when those
    /// it has are.
    /// </summary>
    public bool IsRetired { get; internal set; }

    internal StaticBinding? Binding { get; set; }

    /// <summary>Sessions that share the mapping.</summary>
    public int Sessions { get; internal set; }

    public override string ToString() => $"{Protocol} {Inner} as {Outer}";
}
