using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Testing.Packets;
using static UdpTun.Linux.Tests.Sockets.TestDatagrams;

namespace UdpTun.Linux.Tests.Sockets;

/// <summary>Datagrams that the kernel joins and cuts are the same datagrams to whoever does neither.</summary>
public sealed class JoinedDatagramTests
{
    private const int UdpLevel = 17, UdpSegment = 103; // SOL_UDP, UDP_SEGMENT

    private static IUdpSocket Open(string bind, bool offload)
    {
        Assert.True(InetEndpoint.TryParse(bind, out var endpoint));
        return new UdpSocketFactory(new UdpSocketOptions { Bind = endpoint, Offload = offload }).Open();
    }

    [Theory]
    [InlineData("127.0.0.1:0", true, true)]
    [InlineData("127.0.0.1:0", true, false)]
    [InlineData("127.0.0.1:0", false, true)]
    [InlineData("[::1]:0", true, true)]
    [InlineData("[::1]:0", true, false)]
    public void Packets_of_many_sizes_should_arrive_each_as_it_was_sent(string bind, bool senderJoins, bool receiverJoins)
    {
        using var sender = Open(bind, senderJoins);
        using var receiver = Open(bind, receiverJoins);
        byte[][] packets = [.. Numbered(30, 1000), .. Numbered(3, 400), .. Numbered(20, 1200), [7], .. Numbered(5, 64)];

        Assert.Equal(new IoResult(IoStatus.Ok, packets.Length, 0), sender.Send([TestPackets.Batch(receiver.LocalEndpoint, packets)], 0));

        Assert.Equal(packets, Receive(receiver, packets.Length));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Packets_without_gaps_should_arrive_each_as_it_was_sent(bool joins)
    {
        using var sender = Open("127.0.0.1:0", joins);
        using var receiver = Open("127.0.0.1:0", offload: true);
        byte[][] packets = [.. Numbered(70, 1000), .. Numbered(3, 400), [7], .. Numbered(5, 64)];

        Assert.Equal(
            new IoResult(IoStatus.Ok, packets.Length, 0), sender.Send([WithoutGaps(receiver.LocalEndpoint, packets)], 0));

        Assert.Equal(packets, Receive(receiver, packets.Length));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Super_packet_should_leave_as_the_packets_that_it_stands_for(bool joins)
    {
        using var sender = Open("127.0.0.1:0", joins);
        using var receiver = Open("127.0.0.1:0", offload: false);
        var data = Enumerable.Range(0, 50_000).Select(i => (byte)(i / 7)).ToArray();
        const int Size = 1380;
        var batch = SuperPacket(receiver.LocalEndpoint, data, Size);
        Assert.Equal(((data.Length + Size - 1) / Size, data.Length + (37 * 40)), batch.Weight());

        Assert.Equal(new IoResult(IoStatus.Ok, 1, 0), sender.Send([batch], 0));

        var segments = Receive(receiver, batch.Weight().Packets);
        Assert.All(segments, segment => Assert.True(PlainChecksum.IsIntact(segment)));
        Assert.Equal(data, segments.SelectMany(segment => segment[40..]));
        Assert.Equal(segments.Select((_, i) => 1000 + (i * Size)), segments.Select(segment => (segment[26] << 8) | segment[27]));
    }

    [Fact]
    public void More_in_one_datagram_than_the_kernel_itself_joins_should_arrive_whole()
    {
        const int Size = 20, Joined = 120, Sent = 12; // UDP_GRO joins 64, but a sender on the same host, or in a virtual machine, up to 128
        using var receiver = Open("127.0.0.1:0", offload: true);
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.SetRawSocketOption(UdpLevel, UdpSegment, BitConverter.GetBytes(Size));
        sender.Connect(IPEndPoint.Parse($"{receiver.LocalEndpoint}"));
        var packets = Numbered(Joined, Size);
        for (var i = 0; i < Sent; i++) Assert.Equal(Size * Joined, sender.Send(packets.SelectMany(packet => packet).ToArray()));

        Assert.Equal(Enumerable.Repeat(packets, Sent).SelectMany(row => row), Receive(receiver, Joined * Sent));
    }

    [Fact]
    public void Pending_checksum_should_be_made_before_a_packet_leaves()
    {
        using var sender = Open("127.0.0.1:0", offload: true);
        using var receiver = Open("127.0.0.1:0", offload: true);
        var packet = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", [1, 2, 3]);
        Assert.True(new PacketPool(1).TryLease(out var burst));
        PacketBuilder.WithPendingChecksum(packet.ToArray()).CopyTo(burst.Bytes, burst.NextOffset);
        burst.Append(packet.Length, new PacketOffload(SegmentKind.None, true, 0, 0, 20, 6));

        sender.Send([burst.Share(0, 1, receiver.LocalEndpoint)], 0);

        Assert.Equal(packet, Assert.Single(Receive(receiver, 1)));
    }

    [Fact]
    public void Two_receivers_should_each_get_their_own()
    {
        using var sender = Open("127.0.0.1:0", offload: true);
        using var first = Open("127.0.0.1:0", offload: true);
        using var second = Open("127.0.0.1:0", offload: true);
        PacketBatch[] queue =
        [
            TestPackets.Batch(first.LocalEndpoint, Numbered(10, 100)), TestPackets.Batch(second.LocalEndpoint, Numbered(20, 100)),
            TestPackets.Batch(first.LocalEndpoint, Numbered(5, 100)),
        ];

        Assert.Equal(new IoResult(IoStatus.Ok, 35, 0), sender.Send(queue, 0));

        Assert.Equal([.. Numbered(10, 100), .. Numbered(5, 100)], Receive(first, 15));
        Assert.Equal(Numbered(20, 100), Receive(second, 20));
    }

    [SkippableFact]
    public void Datagrams_longer_than_the_path_should_arrive_although_the_kernel_does_not_cut_them_joined()
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            TestNamespace.Ip("link", "set", "lo", "up", "mtu", "1000");
            using var sender = Open("127.0.0.1:0", offload: true);
            using var receiver = Open("127.0.0.1:0", offload: false);
            var packets = Numbered(10, 1400);

            Assert.Equal(new IoResult(IoStatus.Ok, 10, 0), sender.Send([TestPackets.Batch(receiver.LocalEndpoint, packets)], 0));

            Assert.Equal(packets, Receive(receiver, 10));
        });
    }

    [SkippableFact]
    public void Send_should_go_on_within_a_super_packet_when_the_kernel_has_room_again()
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            TestNamespace.Ip("link", "set", "lo", "up");
            using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
            receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var to = PacketBuilder.Endpoint($"{receiver.LocalEndPoint}");
            TestNamespace.Ip("link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
            TestNamespace.Ip("address", "add", "10.8.0.1/24", "dev", "veth0");
            TestNamespace.Ip("link", "set", "veth0", "up");
            TestNamespace.Ip("link", "set", "veth1", "up");
            using var sender = new UdpSocketFactory(new UdpSocketOptions { Bind = PacketBuilder.Endpoint("10.8.0.1:0"), SendBuffer = 8192, Offload = false }).Open();
            var nobody = SuperPacket(PacketBuilder.Endpoint("10.8.0.2:9"), new byte[30_000], 1000);
            var somebody = SuperPacket(to, new byte[30_000], 1000);

            // Nobody answers for 10.8.0.2, so what is sent stays in the buffer until it is full.
            Assert.Equal(new IoResult(IoStatus.WouldBlock, 0, 0), sender.Send([nobody], 0));
            // To somebody who is there the rest goes, and only the rest.
            TestNamespace.Ip("link", "delete", "veth0");
            TestNamespace.Ip("address", "add", "10.8.0.1/32", "dev", "lo");
            SpinWait.SpinUntil(() => sender.Send([somebody], 0).Status == IoStatus.Ok, TimeSpan.FromSeconds(5));

            var sequences = new List<int>();
            receiver.ReceiveTimeout = 300;
            var bytes = new byte[2000];
            while (receiver.Poll(300_000, SelectMode.SelectRead) && receiver.Receive(bytes) > 40) sequences.Add((bytes[26] << 8) | bytes[27]);
            Assert.InRange(sequences.Count, 1, 29);
            Assert.Equal(30_000, sequences[^1]);
            Assert.Equal(sequences.Order().Distinct(), sequences);
        });
    }
}
