using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Io;

/// <summary>
/// The UDP end of the line: a non-blocking datagram socket. All members are called from the event loop's thread alone; none
/// blocks. <see cref="IDisposable.Dispose"/> closes the socket and wakes nobody: remove it from the poller first.
/// </summary>
public interface IUdpSocket : IPollSource, IReplyPaths
{
    /// <summary>The address and port the socket is bound to, the port as the kernel chose it when 0 was asked for.</summary>
    InetEndpoint LocalEndpoint { get; }

    /// <summary>What the kernel does for many datagrams at once.</summary>
    UdpOffload Offload { get; }

    /// <summary>
    /// Appends to <paramref name="burst"/> every datagram that is ready and fits, each with its sender's address (IPv4-mapped
    /// senders as IPv4) and <see cref="PacketBurst.Headroom"/> in front of it. Datagrams longer than a slot are refused.
    /// <see cref="IoStatus.WouldBlock"/>: the queue is drained; <see cref="IoStatus.Ok"/>: the burst is full.
    /// </summary>
    IoResult Receive(PacketBurst burst);

    /// <summary>
    /// Sends the packets of <paramref name="queue"/>, one datagram each, in order, starting with packet
    /// <paramref name="firstPacket"/> of the first batch, each batch to its <see cref="PacketBatch.Remote"/>; stops at the first
    /// that the kernel has no room for. Packets of length 0 (dropped on the line) are skipped and counted in
    /// <see cref="IoResult.Packets"/>; what the kernel refuses for good (unreachable, not permitted, too long) is counted in
    /// <see cref="IoResult.Refused"/> too. Super-packets may be cut on the way. The batches stay the caller's.
    /// </summary>
    IoResult Send(ReadOnlySpan<PacketBatch> queue, int firstPacket);
}
