using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>The ports of the exit port-range.</summary>
/// <param name="Addresses">The addresses inside the TUN's subnets that our NAT rewrites sources to, one of a family at most.</param>
/// <param name="Ports">The UDP and TCP ports that belong to our NAT, at the uplink's addresses as at these.</param>
public sealed record NatPorts(IReadOnlyList<InetAddress> Addresses, PortRange Ports);
