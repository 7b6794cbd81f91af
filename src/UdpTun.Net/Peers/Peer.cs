using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Treatment.Capture;

namespace UdpTun.Net.Peers;

/// <summary>
/// Somebody at the other end of the tunnel. In plain mode the identity is the source address and port, and nothing proves it; elsewhere the
/// transport proves who it is, wherever it may be.
/// </summary>
public sealed class Peer
{
    internal Peer(PeerId id, InetEndpoint endpoint, TimeSpan now)
    {
        Id = id;
        Endpoint = endpoint;
        LastSeen = now;
        Name = Identity = endpoint.ToString();
    }

    /// <summary>A peer that is known beforehand.</summary>
    /// <param name="id">Given out by the caller, once.</param>
    /// <param name="name">What logs and reports call it.</param>
    public Peer(PeerId id, string name)
    {
        Id = id;
        Name = Identity = name;
    }

    /// <summary>One run's number of it.</summary>
    public PeerId Id { get; }

    /// <summary>
    /// Who it is in the next run too: its address and port in plain mode, its public key elsewhere. Letters, digits and <c>.:[]%+/=</c>.
    /// </summary>
    public string Identity { get; init; }

    /// <summary>What logs and reports call it: its address and port in plain mode. A peer that is known beforehand may be renamed, by any thread.</summary>
    public string Name { get; set; }

    /// <summary>Where datagrams to the peer go; default where that is not known. Follows a peer that is known beforehand.</summary>
    public InetEndpoint Endpoint { get; set; }

    /// <summary>When a datagram of the peer was last let in.</summary>
    public TimeSpan LastSeen { get; set; }

    /// <summary>The IPv4 address inside the tunnel that the peer last sent from; null: none yet.</summary>
    public InetAddress? InnerV4 { get; private set; }

    /// <summary>The IPv6 address inside the tunnel that the peer last sent from; null: none yet.</summary>
    public InetAddress? InnerV6 { get; private set; }

    /// <summary>What copies the packets of the peer's sessions; null, as nearly always: nothing.</summary>
    public List<PacketTap>? Taps { get; set; }

    /// <summary>From the peer; counted by whoever receives.</summary>
    public TrafficCounters Received { get; } = new();

    /// <summary>To the peer; counted by whoever sends.</summary>
    public TrafficCounters Sent { get; } = new();

    /// <summary>What the peer may still take of what all share; null: no limits. Replaced whole, by any thread.</summary>
    public PeerAllowance? Allowance { get; set; }

    /// <summary>How often the peer is told by an ICMP error what became of a packet: ten at once, ten a second.</summary>
    public RateLimit IcmpErrors { get; } = new(perSecond: 10, burst: 10);

    /// <summary>How often the log tells that a flow of the peer's is refused: once a minute.</summary>
    public OncePerInterval RefusalEvents { get; } = new(TimeSpan.FromMinutes(1));

    /// <summary>To be told where inside the tunnel the peer sends from.</summary>
    public void SendsFrom(InetAddress inner)
    {
        if (inner.IsV4) InnerV4 = inner;
        else InnerV6 = inner;
    }

    public override string ToString() => $"{Id} {Name}";
}
