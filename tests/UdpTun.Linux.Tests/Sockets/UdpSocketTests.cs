using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.Polling;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.Sockets;

/// <summary>Sockets on loopback; the foreign ones are .NET's own.</summary>
public class UdpSocketTests
{
    [Theory]
    [InlineData("127.0.0.1:0", false)]
    [InlineData("[::1]:0", false)]
    [InlineData("127.0.0.1:0", true)]
    [InlineData("[::1]:0", true)]
    public void Packets_should_travel_with_their_senders_address(string bind, bool offload)
    {
        using var sender = Open(bind, offload);
        using var receiver = Open(bind, offload);
        var burst = TestPackets.Burst();

        Assert.Equal(new IoResult(IoStatus.Ok, 2, 0), sender.Send([TestPackets.Batch(receiver.LocalEndpoint, [1, 2, 3], [4, 5])], 0));
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 2, 0), receiver.Receive(burst));

        Assert.Equal([1, 2, 3], burst.Packet(0).ToArray());
        Assert.Equal([4, 5], burst.Packet(1).ToArray());
        Assert.All(burst.Remotes.ToArray(), remote => Assert.Equal(sender.LocalEndpoint, remote));
        Assert.True(burst.Packets[0].Offset >= PacketBurst.Headroom);
        Assert.True(offload || burst.Packets[1].Offset >= burst.Packets[0].Offset + 3 + PacketBurst.Tailroom + PacketBurst.Headroom);
    }

    [Fact]
    public void Dual_stack_socket_should_know_ipv4_senders_as_ipv4_and_answer_both_families()
    {
        using var server = Open("[::]:0");
        using var four = Open("127.0.0.1:0");
        using var six = Open("[::1]:0");
        four.Send([TestPackets.Batch(new InetEndpoint(InetAddress.Parse("127.0.0.1"), server.LocalEndpoint.Port), [4])], 0);
        six.Send([TestPackets.Batch(new InetEndpoint(InetAddress.Parse("::1"), server.LocalEndpoint.Port), [6])], 0);
        var burst = TestPackets.Burst();

        Assert.Equal(2, server.Receive(burst).Packets);
        Assert.Equal([four.LocalEndpoint, six.LocalEndpoint], burst.Remotes.ToArray());
        PacketBatch[] answers = [burst.Share(0, 1, burst.Remotes[0]), burst.Share(1, 1, burst.Remotes[1])];
        Assert.Equal(new IoResult(IoStatus.Ok, 2, 0), server.Send(answers, 0));
        Assert.Equal(1, four.Receive(TestPackets.Burst()).Packets);
        Assert.Equal(1, six.Receive(TestPackets.Burst()).Packets);
    }

    [Fact]
    public void Answers_should_leave_from_the_address_that_the_peer_sent_to_when_a_server_listens_at_all()
    {
        using var server = OpenAtAll();
        var port = server.LocalEndpoint.Port;
        using var first = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var second = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        first.Send([1], "127.0.0.2", port);
        second.Send([2], "127.0.0.3", port);
        var burst = TestPackets.Burst();

        Assert.Equal(2, server.Receive(burst).Packets);
        PacketBatch[] answers = [burst.Share(0, 1, burst.Remotes[0]), burst.Share(1, 1, burst.Remotes[1]), burst.Share(0, 1, burst.Remotes[0])];
        Assert.Equal(new IoResult(IoStatus.Ok, 3, 0), server.Send(answers, 0));

        Assert.Equal(["127.0.0.2", "127.0.0.2"], [SenderTo(first), SenderTo(first)]);
        Assert.Equal("127.0.0.3", SenderTo(second));

        // A port below those that the kernel gives out by itself, since port 0 would make it a client's socket.
        static IUdpSocket OpenAtAll()
        {
            for (var tries = 0; ; tries++)
            {
                try
                {
                    return Open($"0.0.0.0:{Random.Shared.Next(20000, 30000)}");
                }
                catch (DeviceUnavailableException) when (tries < 20)
                {
                    // Somebody has it; another will be free.
                }
            }
        }

        static string SenderTo(UdpClient client)
        {
            var sender = new IPEndPoint(IPAddress.Any, 0);
            client.Client.ReceiveTimeout = 2000;
            client.Receive(ref sender);
            return sender.Address.ToString();
        }
    }

    [Fact]
    public void Receive_should_refuse_datagrams_longer_than_a_slot_and_empty_ones()
    {
        using var receiver = Open("127.0.0.1:0", offload: false);
        using var sender = new UdpClient();
        var to = new IPEndPoint(IPAddress.Loopback, receiver.LocalEndpoint.Port);
        sender.Send(new byte[1984], to);
        sender.Send(new byte[1985], to);
        sender.Send([], to);
        sender.Send(new byte[7], to);
        var burst = TestPackets.Burst();

        Assert.Equal(new IoResult(IoStatus.WouldBlock, 4, 2), receiver.Receive(burst));
        Assert.Equal([1984, 7], burst.Packets.ToArray().Select(packet => packet.Length));
    }

    [Fact]
    public void Receive_should_take_the_longest_packet_that_the_tunnel_carries_with_a_transports_header()
    {
        using var receiver = new UdpSocketFactory(new UdpSocketOptions { Bind = Endpoint("127.0.0.1:0"), LongestPacket = 9000, Offload = false }).Open();
        using var sender = Open("127.0.0.1:0");
        sender.Send([TestPackets.Batch(receiver.LocalEndpoint, new byte[9064], new byte[9065], [3])], 0);
        var burst = TestPackets.Burst();

        Assert.Equal(new IoResult(IoStatus.WouldBlock, 3, 1), receiver.Receive(burst));
        Assert.Equal([9064, 1], burst.Packets.ToArray().Select(packet => packet.Length));
    }

    [Fact]
    public void Receive_should_stop_when_the_burst_is_full_and_go_on_with_the_next()
    {
        using var receiver = Open("127.0.0.1:0");
        using var sender = Open("127.0.0.1:0");
        var packets = Enumerable.Range(0, PacketBurst.MaxPackets).Select(index => new[] { (byte)index }).ToArray();
        sender.Send([TestPackets.Batch(receiver.LocalEndpoint, packets), TestPackets.Batch(receiver.LocalEndpoint, [100], [101])], 0);

        var (full, next) = (TestPackets.Burst(), TestPackets.Burst());
        var first = receiver.Receive(full);
        Assert.Equal(new IoResult(IoStatus.Ok, full.Count, 0), first);
        Assert.InRange(full.Count, PacketBurst.MaxPackets - 127, PacketBurst.MaxPackets); // a joined datagram of 128 would not have had room
        Assert.Equal(new IoResult(IoStatus.WouldBlock, packets.Length + 2 - full.Count, 0), receiver.Receive(next));
        Assert.Equal([101], next.Packet(next.Count - 1).ToArray());
        Assert.Equal(packets[full.Count], next.Packet(0).ToArray());
    }

    [Fact]
    public void Send_should_start_at_the_first_packet_and_skip_and_count_dropped_ones()
    {
        using var receiver = Open("127.0.0.1:0");
        using var sender = Open("127.0.0.1:0");
        var first = TestPackets.Batch(receiver.LocalEndpoint, [1], [2], [3]);
        var second = TestPackets.Batch(receiver.LocalEndpoint, [4], [5]);
        first.Drop(2);
        second.Drop(1);
        var burst = TestPackets.Burst();

        Assert.Equal(new IoResult(IoStatus.Ok, 4, 0), sender.Send([first, second], firstPacket: 1));
        receiver.Receive(burst);

        Assert.Equal([2, 4], burst.Packets.ToArray().Select(packet => (int)burst.Bytes[packet.Offset]));
    }

    [Fact]
    public void Send_should_count_what_the_kernel_refuses_and_go_on_with_the_next()
    {
        using var receiver = Open("127.0.0.1:0");
        using var sender = Open("127.0.0.1:0");
        var noPort = new InetEndpoint(receiver.LocalEndpoint.Address, 0);
        var wrongFamily = new InetEndpoint(InetAddress.Parse("::1"), 9);
        PacketBatch[] queue =
        [
            TestPackets.Batch(receiver.LocalEndpoint, [1]),
            TestPackets.Batch(noPort, [2]),
            TestPackets.Batch(wrongFamily, [3], [4]),
            TestPackets.Batch(receiver.LocalEndpoint, new byte[65_508], [5]),
        ];

        Assert.Equal(new IoResult(IoStatus.Ok, 6, 4), sender.Send(queue, 0));
        var burst = TestPackets.Burst();
        Assert.Equal(2, receiver.Receive(burst).Packets);
        Assert.Equal([5], burst.Packet(1).ToArray());
    }

    [SkippableFact]
    public void Send_should_count_unreachable_destinations()
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            using var sender = Open("0.0.0.0:0");
            var nowhere = new InetEndpoint(InetAddress.Parse("192.0.2.1"), 9);

            Assert.Equal(new IoResult(IoStatus.Ok, 2, 2), sender.Send([TestPackets.Batch(nowhere, [1], [2])], 0));
        });
    }

    /// <summary>A neighbour that never answers keeps its datagrams in the send buffer until the buffer is full.</summary>
    [SkippableFact]
    public void Send_should_stop_at_the_first_packet_when_the_kernel_has_no_room()
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            TestNamespace.Ip("link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
            TestNamespace.Ip("address", "add", "10.8.0.1/24", "dev", "veth0");
            TestNamespace.Ip("link", "set", "veth0", "up");
            TestNamespace.Ip("link", "set", "veth1", "up");
            using var poller = new EpollPoller();
            using var sender = new UdpSocketFactory(new UdpSocketOptions { Bind = Endpoint("10.8.0.1:0"), SendBuffer = 8192, Offload = false }).Open();
            var remote = new InetEndpoint(InetAddress.Parse("10.8.0.2"), 9);
            var batch = TestPackets.Batch(remote, [.. Enumerable.Range(0, 60).Select(_ => new byte[1000])]);
            batch.Drop(0);

            var result = sender.Send([batch], 0);

            Assert.Equal(IoStatus.WouldBlock, result.Status);
            Assert.InRange(result.Packets, 2, 59);
            var rest = sender.Send([batch], result.Packets);
            Assert.Equal(new IoResult(IoStatus.WouldBlock, 0, 0), rest);
            poller.Add(sender, 1, PollInterest.Write);
            Assert.Equal(0, poller.Wait(new PollEvent[1], 0));
        });
    }

    [Fact]
    public void Socket_should_be_lost_to_its_owner_when_it_is_disposed()
    {
        var factory = new UdpSocketFactory(new UdpSocketOptions { Bind = Endpoint("127.0.0.1:0") });
        var socket = factory.Open();
        Assert.True(factory.IsHealthy());

        socket.Dispose();

        Assert.False(factory.IsHealthy());
    }

    [Fact]
    public void Send_and_receive_should_allocate_nothing_in_steady_state()
    {
        using var receiver = Open("[::1]:0");
        using var sender = Open("[::1]:0");
        var packets = Enumerable.Range(0, 50).Select(_ => new byte[1400]).ToArray();
        PacketBatch[] queue = [TestPackets.Batch(receiver.LocalEndpoint, packets[..25]), TestPackets.Batch(receiver.LocalEndpoint, packets[25..])];

        TestDatagrams.AssertExchangeAllocatesNothing(sender, receiver, queue);
    }

    private static InetEndpoint Endpoint(string text) => InetEndpoint.TryParse(text, out var endpoint) ? endpoint : throw new FormatException(text);

    private static IUdpSocket Open(string bind, bool offload = true) =>
        new UdpSocketFactory(new UdpSocketOptions { Bind = Endpoint(bind), Offload = offload }).Open();
}
