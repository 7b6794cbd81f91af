using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Testing.Io;

/// <summary>A UDP socket in memory: datagrams arrive when the test says so, and what the line sends is recorded.</summary>
public sealed class InMemoryUdpSocket(InetEndpoint localEndpoint, string name = "memudp") : InMemoryDevice(name), IUdpSocket
{
    public InetEndpoint LocalEndpoint { get; } = localEndpoint;

    public UdpOffload Offload => default;

    /// <summary>What the line sent so far, in order, each with its receiver; a snapshot.</summary>
    public IReadOnlyList<WrittenPacket> Sent => Snapshot();

    /// <summary>Lets a datagram from <paramref name="remote"/> come in.</summary>
    public void Arrive(InetEndpoint remote, byte[] datagram, TrafficClass outerClass = default) =>
        Enqueue(datagram, default, remote, outerClass);

    /// <summary>Lets datagrams arrive at once, so that one read finds them all.</summary>
    public void ArriveTogether(InetEndpoint remote, IEnumerable<byte[]> datagrams) => EnqueueTogether(datagrams, default, remote);

    public void Confirm(InetEndpoint remote, ushort path)
    {
        // In memory there is one way alone.
    }

    public IoResult Receive(PacketBurst burst) => ReadInto(burst);

    public IoResult Send(ReadOnlySpan<PacketBatch> queue, int firstPacket) => TakeFrom(queue, firstPacket);
}
