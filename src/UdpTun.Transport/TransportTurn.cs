using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Transport;

/// <summary>What a transport may use while it has the loop's thread.</summary>
/// <param name="Now">Time on the line's monotonic clock.</param>
/// <param name="Sealed">Where datagrams lie that were not made in place.</param>
/// <param name="Staged">Where packets wait for a session.</param>
/// <param name="Drops">Counts what goes no further.</param>
public readonly record struct TransportTurn(TimeSpan Now, PacketPool Sealed, PacketPool Staged, DropCounters Drops);
