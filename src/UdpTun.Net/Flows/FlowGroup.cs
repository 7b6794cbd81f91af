using UdpTun.Net.Peers;

namespace UdpTun.Net.Flows;

/// <summary>Consecutive packets of a grouped burst that belong to one flow and came from one sender.</summary>
/// <param name="Key">The flow.</param>
/// <param name="Remote">Who sent the datagrams; default from a TUN.</param>
/// <param name="Peer">Who that is, where the transport proves it; default elsewhere.</param>
/// <param name="First">Index of the first packet in the burst.</param>
/// <param name="Count">Packets, 1 or more, none of them dropped.</param>
/// <param name="IsError">True when all of them are ICMP errors about the flow, false when none is.</param>
public readonly record struct FlowGroup(FlowKey Key, InetEndpoint Remote, PeerId Peer, int First, int Count, bool IsError);
