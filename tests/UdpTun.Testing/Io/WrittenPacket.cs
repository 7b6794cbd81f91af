using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Testing.Io;

/// <summary>A copy of a packet that the line gave to an in-memory device.</summary>
/// <param name="Bytes">The packet, a copy of its own.</param>
/// <param name="Offload">What it still needed.</param>
/// <param name="Remote">Whom it was sent to; default for a TUN.</param>
/// <param name="OuterClass">DS field and ECN of its datagram.</param>
public sealed record WrittenPacket(byte[] Bytes, PacketOffload Offload, InetEndpoint Remote, TrafficClass OuterClass = default);
