using UdpTun.Net.Buffers;
using UdpTun.Net.Io;

namespace UdpTun.Testing.Io;

/// <summary>A TUN device in memory: packets arrive when the test says so, and what the line writes is recorded.</summary>
public sealed class InMemoryTunDevice(string name = "memtun", int mtu = 1420) : InMemoryDevice(name), ITunDevice
{
    public int Mtu { get; } = mtu;

    public TunOffload Offload { get; init; }

    /// <summary>What the line wrote so far, in order; a snapshot.</summary>
    public IReadOnlyList<WrittenPacket> Written => Snapshot();

    /// <summary>Lets the kernel route a packet into the device.</summary>
    public void Arrive(byte[] packet, PacketOffload offload = default) => Enqueue(packet, offload, default);

    /// <summary>Lets packets, or super-packets, arrive at once, so that one read finds them all.</summary>
    public void ArriveTogether(IEnumerable<byte[]> packets, PacketOffload offload = default) => EnqueueTogether(packets, offload, default);

    public IoResult Read(PacketBurst burst) => ReadInto(burst);

    public IoResult Write(ReadOnlySpan<PacketBatch> queue, int firstPacket) => TakeFrom(queue, firstPacket);
}
