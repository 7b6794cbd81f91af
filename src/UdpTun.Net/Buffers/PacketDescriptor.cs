using UdpTun.Net.Headers;

namespace UdpTun.Net.Buffers;

/// <summary>Where one packet lies in its burst's buffer.</summary>
/// <param name="Offset">First byte of the IP header.</param>
/// <param name="Length">Bytes of the packet; 0 means that it was dropped on the line and is to be skipped.</param>
/// <param name="Offload">What the packet still needs; default for an ordinary packet.</param>
/// <param name="OuterClass">
/// DS field and ECN of the datagram that the packet came in or is to leave in; between the UDP ends of no meaning.
/// </param>
public readonly record struct PacketDescriptor(int Offset, int Length, PacketOffload Offload = default, TrafficClass OuterClass = default);
