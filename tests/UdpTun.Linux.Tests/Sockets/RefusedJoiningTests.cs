using UdpTun.Linux.Interop;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Io;
using UdpTun.Testing.Packets;
using static UdpTun.Linux.Tests.Sockets.TestDatagrams;

namespace UdpTun.Linux.Tests.Sockets;

/// <summary>
/// A path that refuses joined datagrams with EIO: IPsec's, or a device's without checksum offload before Linux 6.11. The kernel of a
/// machine that builds this often has neither; but it refuses them with EIO on a UDP-Lite socket too (udp_send_skb), which is otherwise
/// like UDP.
/// </summary>
public sealed unsafe class RefusedJoiningTests
{
    private const int IPPROTO_UDPLITE = 136; // netinet/in.h

    private readonly List<string> _warnings = [];

    [SkippableFact]
    public void Packets_should_arrive_each_as_it_was_sent_when_the_kernel_refuses_them_joined()
    {
        using var sender = Open();
        using var receiver = Open();
        // Four messages of joined datagrams in one call: each is refused.
        byte[][] packets = [.. Numbered(30, 1000), .. Numbered(20, 400), .. Numbered(20, 1200), .. Numbered(5, 64)];

        Assert.Equal(new IoResult(IoStatus.Ok, packets.Length, 0), sender.Send([TestPackets.Batch(receiver.LocalEndpoint, packets)], 0));

        Assert.Equal(packets, Receive(receiver, packets.Length));
        Assert.Contains("EIO", Assert.Single(_warnings));
    }

    [SkippableFact]
    public void Super_packet_should_leave_as_the_packets_that_it_stands_for_when_the_kernel_refuses_them_joined()
    {
        using var sender = Open();
        using var receiver = Open();
        var data = Enumerable.Range(0, 50_000).Select(i => (byte)(i / 7)).ToArray();
        var batch = SuperPacket(receiver.LocalEndpoint, data, 1380);

        Assert.Equal(new IoResult(IoStatus.Ok, 1, 0), sender.Send([batch], 0));

        var segments = Receive(receiver, (data.Length + 1379) / 1380);
        Assert.All(segments, segment => Assert.True(PlainChecksum.IsIntact(segment)));
        Assert.Equal(data, segments.SelectMany(segment => segment[40..]));
    }

    [SkippableFact]
    public void Joining_should_be_refused_once_and_not_tried_again()
    {
        using var sender = Open();
        using var receiver = Open();

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(new IoResult(IoStatus.Ok, 10, 0), sender.Send([TestPackets.Batch(receiver.LocalEndpoint, Numbered(10, 100))], 0));
            Assert.Equal(Numbered(10, 100), Receive(receiver, 10));
        }

        Assert.Single(_warnings);
    }

    private UdpSocket Open()
    {
        var descriptor = new FileDescriptor(
            SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_DGRAM | SysSocket.SOCK_NONBLOCK | SysSocket.SOCK_CLOEXEC, IPPROTO_UDPLITE));
        Skip.If(descriptor.IsInvalid, "this kernel has no UDP-Lite, and nothing else here refuses joined datagrams with EIO");
        sockaddr_in6 address;
        var length = SocketAddress.Write(&address, PacketBuilder.Endpoint("127.0.0.1:0"), SysSocket.AF_INET);
        Assert.Equal(0, SysSocket.bind(descriptor, &address, length));
        Assert.Equal(0, SysSocket.getsockname(descriptor, &address, &length));
        return new UdpSocket(
            descriptor, SocketAddress.Read(&address), new DatagramReceiver(descriptor, 2000, null, joined: false),
            new DatagramSender(descriptor, "lite", SysSocket.AF_INET, null, joins: true, _warnings.Add), default);
    }
}
