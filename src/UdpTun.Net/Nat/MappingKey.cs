using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat;

/// <summary>What a mapping is found by from inside.</summary>
/// <param name="Client">Whose it is.</param>
/// <param name="Protocol">Its protocol.</param>
/// <param name="Inner">Its inner endpoint.</param>
/// <param name="IsTranslated">An inner endpoint may have another mapping for <see cref="UntranslatedFlows"/>.</param>
internal readonly record struct MappingKey(PeerId Client, IpProtocol Protocol, InetEndpoint Inner, bool IsTranslated = true);
