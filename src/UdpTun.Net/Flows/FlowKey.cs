namespace UdpTun.Net.Flows;

/// <summary>
/// The 5-tuple of one direction of a flow, read from a packet as it stands. For ICMP echo the identifier takes the place of
/// one port and the other is 0: of the source port in a request, of the destination port in a reply, so that the reply's key
/// is the request's key reversed (RFC 5508 section 3.1).
/// </summary>
public readonly record struct FlowKey(IpProtocol Protocol, InetEndpoint Source, InetEndpoint Destination)
{
    /// <summary>The key of the answers to this flow.</summary>
    public FlowKey Reversed() => new(Protocol, Destination, Source);

    public override string ToString() => $"{Protocol} {Source} > {Destination}";
}
