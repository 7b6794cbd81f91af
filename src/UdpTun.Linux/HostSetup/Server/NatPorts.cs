using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>The ports of the exit port-range.</summary>
/// <param name="Address">IPv4 address inside the TUN's subnet that our NAT rewrites sources to.</param>
/// <param name="Ports">The UDP and TCP ports that belong to our NAT, at the uplink's address as at this one.</param>
public sealed record NatPorts(InetAddress Address, PortRange Ports);
