using UdpTun.Net.Buffers;

namespace UdpTun.Net.Io;

/// <summary>
/// The TUN end of the line: a non-blocking queue of IP packets. All members are called from the event loop's thread alone;
/// none blocks. <see cref="IDisposable.Dispose"/> closes the device and wakes nobody: remove it from the poller first.
/// </summary>
public interface ITunDevice : IPollSource
{
    /// <summary>Largest IP packet that the device carries without segmentation offload, in bytes.</summary>
    int Mtu { get; }

    /// <summary>What it takes and hands over beyond ordinary packets.</summary>
    TunOffload Offload { get; }

    /// <summary>
    /// Appends to <paramref name="burst"/> every packet that is ready and fits, each with <see cref="PacketBurst.Headroom"/>
    /// in front of it. <see cref="IoStatus.WouldBlock"/>: the queue is drained; <see cref="IoStatus.Ok"/>: the burst is full.
    /// </summary>
    IoResult Read(PacketBurst burst);

    /// <summary>
    /// Writes the packets of <paramref name="queue"/> in order, starting with packet <paramref name="firstPacket"/> of the
    /// first batch, and stops at the first that the kernel does not take. Packets of length 0 (dropped on the line) are
    /// skipped and counted in <see cref="IoResult.Packets"/>. Packets may be joined into super-packets on the way. The batches
    /// stay the caller's.
    /// </summary>
    IoResult Write(ReadOnlySpan<PacketBatch> queue, int firstPacket);
}
