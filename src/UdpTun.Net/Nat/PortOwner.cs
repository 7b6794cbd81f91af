using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat;

/// <summary>For whom a port is, or was, taken.</summary>
internal readonly record struct PortOwner(PeerId Client, InetEndpoint Inner);
