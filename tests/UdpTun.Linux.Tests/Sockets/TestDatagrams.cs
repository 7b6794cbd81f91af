using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Linux.Tests.Sockets;

/// <summary>What the tests of sockets send, and how they receive it.</summary>
internal static class TestDatagrams
{
    private static readonly InetEndpoint Web = PacketBuilder.Endpoint("203.0.113.1:80");
    private static readonly InetEndpoint Client = PacketBuilder.Endpoint("10.61.0.2:5000");

    /// <summary>Packets of one length, each filled with its number.</summary>
    public static byte[][] Numbered(int count, int length) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var packet = new byte[length];
        packet.AsSpan().Fill((byte)i);
        return packet;
    })];

    /// <summary>Packets that lie one behind the other with nothing between, as sealed ones do.</summary>
    public static PacketBatch WithoutGaps(InetEndpoint remote, params byte[][] packets)
    {
        Assert.True(new PacketPool(1).TryLease(out var burst));
        foreach (var packet in packets)
        {
            packet.CopyTo(burst.Bytes, burst.OffsetBehind);
            burst.AppendBehind(packet.Length, default);
        }

        return burst.Share(0, burst.Count, remote);
    }

    /// <summary>A TCP super-packet with <paramref name="data"/> from the sequence number 1000 on, as a TUN hands it over.</summary>
    public static PacketBatch SuperPacket(InetEndpoint remote, byte[] data, ushort segmentSize)
    {
        var packet = PacketBuilder.WithPendingChecksum(PacketBuilder.Tcp(Web, Client, TcpFlags.Ack, data, sequence: 1000));
        Assert.True(new PacketPool(1).TryLease(out var burst));
        packet.CopyTo(burst.Bytes, burst.NextOffset);
        burst.Append(packet.Length, new PacketOffload(SegmentKind.TcpV4, true, 40, segmentSize, 20, 16));
        return burst.Share(0, 1, remote);
    }

    public static List<byte[]> Receive(IUdpSocket socket, int count)
    {
        var received = new List<byte[]>();
        while (received.Count < count)
        {
            var burst = TestPackets.Burst();
            Assert.NotEqual(0, socket.Receive(burst).Packets);
            for (var i = 0; i < burst.Count; i++) received.Add(burst.Packet(i).ToArray());
        }

        return received;
    }

    /// <summary>Lets the packets of a queue go from one socket to the other, again and again.</summary>
    public static void AssertExchangeAllocatesNothing(IUdpSocket sender, IUdpSocket receiver, PacketBatch[] queue)
    {
        var (pool, packets) = (new PacketPool(1), queue.Sum(batch => batch.Count));
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            Assert.True(pool.TryLease(out var burst));
            if (sender.Send(queue, 0).Packets != packets || receiver.Receive(burst).Packets != packets) Assert.Fail("packets were lost on loopback");
            burst.Release();
        }));
    }
}
