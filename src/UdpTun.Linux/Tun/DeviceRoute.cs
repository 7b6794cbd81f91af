using UdpTun.Net.Flows;

namespace UdpTun.Linux.Tun;

/// <summary>A route through the device, made anew whenever the device is opened, since it vanishes with it.</summary>
/// <param name="Destination">Where it leads.</param>
/// <param name="Table">The routing table that holds it; 0 means the main table.</param>
public readonly record struct DeviceRoute(InetPrefix Destination, uint Table = 0);
