using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat;

/// <summary>An outer endpoint that nobody has and only its last owner may have yet; see <see cref="NatPolicy.PortRest"/>.</summary>
/// <param name="Protocol">The protocol that it is an endpoint of.</param>
/// <param name="Outer">The endpoint.</param>
/// <param name="Client">Whose it was; null when that client has another by now, or none may have it back.</param>
/// <param name="Inner">The inner endpoint that it stood for.</param>
/// <param name="Until">When it is free, on the table's clock.</param>
public readonly record struct RestingPort(IpProtocol Protocol, InetEndpoint Outer, PeerId? Client, InetEndpoint Inner, TimeSpan Until);
