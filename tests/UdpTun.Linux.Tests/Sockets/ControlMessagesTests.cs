using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.Sockets;

/// <summary>What datagrams bear beside their bytes, as two sockets tell it each other through the kernel.</summary>
public class ControlMessagesTests
{
    [SkippableTheory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "::1")]
    public void Traffic_class_should_travel_with_each_datagram_of_a_batch(string bind, string to)
    {
        using var receiver = Open(bind);
        using var sender = Open(bind);
        byte[] classes = [0, 0xBA, 0xBA, 0x03, 0x00, 0xFF];
        var batch = TestPackets.Batch(To(to, receiver), [.. classes.Select(_ => new byte[] { 1 })]);
        SetClasses(batch, classes);
        var burst = TestPackets.Burst();

        Assert.Equal(new IoResult(IoStatus.Ok, 6, 0), sender.Send([batch], 0));
        Assert.Equal(6, receiver.Receive(burst).Packets);

        Assert.Equal(classes, burst.Packets.ToArray().Select(packet => packet.OuterClass.Value));
    }

    [SkippableTheory]
    [InlineData("127.0.0.2", "127.0.0.3")]
    [InlineData("fd77::2", "fd77::3")]
    public void Answers_should_leave_from_the_address_asked_and_with_their_class_when_a_dual_stack_server_listens_at_all(string one, string other)
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            Give("lo", "fd77::2/128");
            Give("lo", "fd77::3/128");
            using var server = Open("::", 9877);
            using var first = Open(one);
            using var second = Open(one);
            first.Send([TestPackets.Batch(To(one, server), [1])], 0);
            second.Send([TestPackets.Batch(To(other, server), [2])], 0);
            var asked = TestPackets.Burst();
            Assert.Equal(2, server.Receive(asked).Packets);
            PacketBatch[] answers = [asked.Share(0, 1, asked.Remotes[0]), asked.Share(1, 1, asked.Remotes[1])];
            SetClasses(answers[0], 0);
            SetClasses(answers[1], 0xB9);

            Assert.Equal(new IoResult(IoStatus.Ok, 2, 0), server.Send(answers, 0));

            Assert.Equal((To(one, server), 0), Received(first));
            Assert.Equal((To(other, server), 0xB9), Received(second));
        });
    }

    [SkippableFact]
    public void Link_local_peer_should_be_answered_on_the_link_it_was_heard_on()
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            // Two links: nothing but the interface tells where a link-local address is.
            foreach (var link in (int[])[1, 2])
            {
                TestNamespace.Ip("link", "add", $"near{link}", "type", "veth", "peer", "name", $"far{link}");
                foreach (var end in (string[])[$"near{link}", $"far{link}"]) TestNamespace.Ip("link", "set", end, "addrgenmode", "none", "up");
                Give($"near{link}", $"fe80::{link}:1/64");
                Give($"far{link}", $"fe80::{link}:2/64");
                TestVeth.AwaitMulticast($"near{link}");
                TestVeth.AwaitMulticast($"far{link}");
            }

            using var server = Open("::", 9877);
            using var client = new UdpClient(AddressFamily.InterNetworkV6);
            client.Client.ReceiveTimeout = 20_000;
            var far = long.Parse(TestNamespace.Ip("-o", "link", "show", "dev", "far2").Split(':')[0]);
            client.Client.Bind(new IPEndPoint(new IPAddress(IPAddress.Parse("fe80::2:2").GetAddressBytes(), far), 0));
            client.Send([1], new IPEndPoint(new IPAddress(IPAddress.Parse("fe80::2:1").GetAddressBytes(), far), 9877));
            var asked = TestPackets.Burst();
            Eventually(() => server.Receive(asked).Packets == 1);

            Assert.Equal(new IoResult(IoStatus.Ok, 1, 0), server.Send([asked.Share(0, 1, asked.Remotes[0])], 0));
            var sender = new IPEndPoint(IPAddress.IPv6Any, 0);
            client.Receive(ref sender);

            Assert.Equal("fe80::2:1", sender.Address.ToString().Split('%')[0]);
        });
    }

    [SkippableTheory]
    [InlineData("127.0.0.1", "10.9.9.9", "32")]
    [InlineData("::1", "fd77::9", "128")]
    public void Datagram_should_be_sent_with_less_when_the_kernel_refuses_what_goes_along(string peer, string gone, string length)
    {
        using var apart = new TestNamespace();
        apart.Run(() =>
        {
            Give("lo", $"{gone}/{length}");
            using var server = Open("::", 9877);
            using var client = Open(peer);
            client.Send([TestPackets.Batch(To(gone, server), [1])], 0);
            var asked = TestPackets.Burst();
            Assert.Equal(1, server.Receive(asked).Packets);
            TestNamespace.Ip("address", "del", $"{gone}/{length}", "dev", "lo");
            var answer = asked.Share(0, 1, asked.Remotes[0]);
            SetClasses(answer, 0x02);

            Assert.Equal(new IoResult(IoStatus.Ok, 1, 0), server.Send([answer], 0));

            Assert.Equal(To(peer, server), Received(client).From);
        });
    }

    [Fact]
    public void Classes_should_cost_no_allocation()
    {
        using var receiver = Open("::1", 0);
        using var sender = Open("::1");
        var batch = TestPackets.Batch(receiver.LocalEndpoint, [.. Enumerable.Range(0, 50).Select(_ => new byte[100])]);
        SetClasses(batch, [.. Enumerable.Range(0, 50).Select(index => (byte)index)]);
        PacketBatch[] queue = [batch];

        TestDatagrams.AssertExchangeAllocatesNothing(sender, receiver, queue);
    }

    private static (InetEndpoint From, int Class) Received(IUdpSocket socket)
    {
        var burst = TestPackets.Burst();
        Assert.Equal(1, socket.Receive(burst).Packets);
        return (burst.Remotes[0], burst.Packets[0].OuterClass.Value);
    }

    private static void SetClasses(PacketBatch batch, params byte[] classes)
    {
        for (var index = 0; index < classes.Length; index++)
            batch.Move(index, batch[index] with { OuterClass = new TrafficClass(classes[index]) });
    }

    /// <summary>Gives a device an address and waits until the kernel, which takes its time with IPv6, receives for it.</summary>
    private static void Give(string device, string address)
    {
        var (family, bare) = (address.Contains(':') ? "-6" : "-4", address.Split('/')[0]);
        string[] extra = family == "-6" ? ["nodad"] : [];
        TestNamespace.Ip(["address", "add", address, "dev", device, .. extra]);
        Eventually(() => TestNamespace.Ip(family, "route", "show", "table", "local").Contains($"local {bare} "));
    }

    private static void Eventually(Func<bool> holds)
    {
        for (var tries = 0; !holds(); tries++)
        {
            Assert.True(tries < 2000, "it did not come true within 20 s");
            Thread.Sleep(10);
        }
    }

    private static InetEndpoint To(string address, IUdpSocket socket) => new(InetAddress.Parse(address), socket.LocalEndpoint.Port);

    private static IUdpSocket Open(string bind, ushort port = 0) =>
        new UdpSocketFactory(new UdpSocketOptions { Bind = new InetEndpoint(InetAddress.Parse(bind), port) }).Open();
}
