using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Saving;

/// <summary>A mapping that a client asked to keep, as data.</summary>
/// <param name="Client">See <see cref="Peers.Peer.Identity"/>.</param>
/// <param name="Protocol">The mapping's protocol.</param>
/// <param name="Inner">The mapping's inner endpoint.</param>
/// <param name="Outer">The mapping's outer endpoint.</param>
/// <param name="Left">How much longer it is to be kept.</param>
public sealed record SavedHold(string Client, IpProtocol Protocol, InetEndpoint Inner, InetEndpoint Outer, TimeSpan Left);
