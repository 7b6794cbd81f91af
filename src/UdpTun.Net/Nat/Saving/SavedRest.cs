using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Saving;

/// <summary>An outer endpoint at rest, as data.</summary>
/// <param name="Client">The last owner, see <see cref="Peers.Peer.Identity"/>; null: nobody may have it back.</param>
/// <param name="Protocol">The protocol that it is an endpoint of.</param>
/// <param name="Inner">The inner endpoint that it stood for.</param>
/// <param name="Outer">The endpoint.</param>
/// <param name="Left">How much longer it rests.</param>
public sealed record SavedRest(string? Client, IpProtocol Protocol, InetEndpoint Inner, InetEndpoint Outer, TimeSpan Left);
