using UdpTun.Net.Flows;

namespace UdpTun.Transport.Uapi;

/// <summary>One network that a peer gets, or loses (written with a '-' in front, by the tools since 2025).</summary>
public readonly record struct AllowedIpChange(InetPrefix Network, bool Removes = false);
