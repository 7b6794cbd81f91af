using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Saving;

/// <summary>An outer endpoint at rest, as data.</summary>
/// <param name="Client">The last owner's address and port outside the tunnel; null: nobody may have it back.</param>
/// <param name="Protocol">The protocol that it is an endpoint of.</param>
/// <param name="Inner">The inner endpoint that it stood for.</param>
/// <param name="Outer">The endpoint.</param>
/// <param name="Left">How much longer it rests.</param>
public sealed record SavedRest(InetEndpoint? Client, IpProtocol Protocol, InetEndpoint Inner, InetEndpoint Outer, TimeSpan Left);
