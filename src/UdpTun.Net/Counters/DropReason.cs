namespace UdpTun.Net.Counters;

/// <summary>Why a packet went no further. Every packet that UdpTun does not forward is counted under exactly one of these.</summary>
public enum DropReason
{
    /// <summary>Not dropped.</summary>
    None = 0,

    /// <summary>Shorter than its own headers say.</summary>
    Truncated,

    /// <summary>Longer than the tunnel or a receive slot carries.</summary>
    Oversized,

    /// <summary>Neither version 4 nor version 6.</summary>
    NotIp,

    /// <summary>The length field of a header contradicts the packet (IP total length, IHL, UDP length, TCP data offset).</summary>
    BadLength,

    /// <summary>The IPv4 header checksum is wrong (RFC 1122 section 3.2.1.2).</summary>
    BadHeaderChecksum,

    /// <summary>IPv4 options, which may steer a packet around the tunnel's rules (RFC 7126).</summary>
    IpOptions,

    /// <summary>
    /// A source or destination that no forwarded packet may bear: loopback, multicast, broadcast, unspecified, reserved (RFC 1812 section
    /// 5.3.7).
    /// </summary>
    MartianAddress,

    /// <summary>
    /// A fragment where whole packets alone are taken: of an ICMP error, whose checksum cannot be verified, or to the tunnel itself.
    /// </summary>
    Fragment,

    /// <summary>A fragment whose bytes have all come already.</summary>
    RepeatedFragment,

    /// <summary>A fragment that overlaps an earlier one of its datagram, or comes after such a one (RFC 5722).</summary>
    OverlappingFragment,

    /// <summary>A fragment that came before its datagram's first one, which did not follow in time; or that had to make room for others.</summary>
    UnclaimedFragment,

    /// <summary>A protocol that the NAT has no translation for.</summary>
    UnsupportedProtocol,

    /// <summary>
    /// An ICMP message that is neither echo nor one of the errors that follow a flow; source quench and redirect among them, which no
    /// host should heed (RFC 6633) or could use behind a NAT.
    /// </summary>
    UnsupportedIcmp,

    /// <summary>An ICMP error whose own checksum is wrong (RFC 5508 section 4.2).</summary>
    BadIcmpChecksum,

    /// <summary>An ICMP error that quotes less than a header and 8 bytes, or a header that is not intact (RFC 5508 section 4.2).</summary>
    BadQuote,

    /// <summary>An ICMP error about what the NAT does not send: a later fragment, options, another error, another protocol.</summary>
    UnsupportedQuote,

    /// <summary>An ICMP error that did not go to the sender of the packet it quotes.</summary>
    ForeignQuote,

    /// <summary>
    /// An IPv6 extension header that no NAT can pass on (encrypted, authenticated, steering), or too many of them, or out of their order.
    /// </summary>
    UnsupportedExtensionHeader,

    /// <summary>
    /// The client's address is outside udptun.server.allowed-clients, or a datagram did not come from the client's server.
    /// </summary>
    ForbiddenPeer,

    /// <summary>
    /// A datagram that no peer of the secure transport can have sent: not of the protocol, of no session, forged, or damaged.
    /// </summary>
    NotAuthentic,

    /// <summary>
    /// A datagram of a session that has come before, or so late that nobody can tell; or a peer's call that is no later than its last one.
    /// </summary>
    Replayed,

    /// <summary>A packet from a peer with a source that is not among the peer's allowed addresses.</summary>
    ForeignSource,

    /// <summary>A packet to an address that no peer is allowed, or to a peer that is gone.</summary>
    NoPeer,

    /// <summary>To a peer without a session, for which as many packets wait already as may, or wait no longer.</summary>
    NoPeerSession,

    /// <summary>More handshake messages at once than can be looked at.</summary>
    TooManyHandshakes,

    /// <summary>udptun.server.max-clients are being served already.</summary>
    TooManyPeers,

    /// <summary>
    /// The inner destination is private, local or the server's own, and udptun.server.allowed-destinations does not open it.
    /// </summary>
    ForbiddenDestination,

    /// <summary>The client has udptun.nat.max-sessions-per-client sessions already.</summary>
    TooManySessions,

    /// <summary>From outside: others have begun udptun.nat.max-percent-from-outside of the client's sessions already.</summary>
    TooManySessionsFromOutside,

    /// <summary>More new flows at once than sessions can be opened for; packets of open sessions go before them.</summary>
    TooManyNewFlows,

    /// <summary>The client has udptun.nat.max-mappings-per-client outer ports already.</summary>
    TooManyMappings,

    /// <summary>Every port of the protocol at the client's outer address is taken or at rest (udptun.nat.port-rest).</summary>
    PortsExhausted,

    /// <summary>To one of the peer's denied-destinations.</summary>
    PeerForbiddenDestination,

    /// <summary>The peer has as many sessions as its max-sessions allows.</summary>
    PeerTooManySessions,

    /// <summary>The peer begins more flows a second than its max-new-flows allows.</summary>
    PeerTooManyNewFlows,

    /// <summary>The call of a peer whose key is not one of ours.</summary>
    UnknownPeer,

    /// <summary>More bytes a second than the peer's max-rate allows.</summary>
    PeerRateExceeded,

    /// <summary>The peer has used up its quota.</summary>
    PeerQuotaExhausted,

    /// <summary>To one of udptun.nat.untranslated-destinations from an inner address outside udptun.server.inner-routes.</summary>
    UnroutedSource,

    /// <summary>To the same from an inner endpoint that another client has there: answers could not tell the two apart.</summary>
    InnerEndpointTaken,

    /// <summary>The server has no outer address of the packet's family.</summary>
    NoOuterAddress,

    /// <summary>A packet from outside, or an answer from inside, that belongs to no session.</summary>
    NoSession,

    /// <summary>From outside to a client's outer port, by somebody whom udptun.nat.filtering does not let in.</summary>
    Filtered,

    /// <summary>Of a flow that the operator has ended (udptun flow ID kill).</summary>
    Killed,

    /// <summary>A packet from one client to another that has no hop left.</summary>
    TimeToLiveExceeded,

    /// <summary>
    /// The path between client and server reported congestion on a packet that has no room for the news, so it is lost instead (RFC 6040
    /// section 4.2).
    /// </summary>
    CongestionUntold,

    /// <summary>A fault that the operator set on its flow: a share of loss, or a blackhole.</summary>
    FaultInjected,

    /// <summary>Faster than the limit that the operator set on its flow.</summary>
    OverLimit,

    /// <summary>So many packets wait for a fault's delay or a limit already that there is no room for another.</summary>
    TooManyHeld,

    /// <summary>The kernel refused to write or send it.</summary>
    Refused,

    /// <summary>The device was down, lost or being reopened.</summary>
    DeviceDown,

    /// <summary>The kernel's queue stayed full and ours was full too.</summary>
    QueueFull,

    /// <summary>An actor was gone or failed while the packet was in its hands.</summary>
    ActorFailed,

    /// <summary>To the gateway's port for NAT-PMP, but no request (RFC 6886): too short, damaged, or a response.</summary>
    BadPortRequest,

    /// <summary>Not an ICMP echo request, where nothing else is answered.</summary>
    NotEchoRequest,
}
