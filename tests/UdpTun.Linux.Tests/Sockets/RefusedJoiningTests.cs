using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Interop;
using UdpTun.Linux.Sockets;
using UdpTun.Linux.Tests.HostSetup;
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

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Packets_should_arrive_each_as_it_was_sent_when_the_kernel_refuses_them_joined(bool gaps)
    {
        using var sender = Open();
        using var receiver = Open();
        // Four messages of joined datagrams in one call: each is refused.
        byte[][] packets = [.. Numbered(30, 1000), .. Numbered(20, 400), .. Numbered(20, 1200), .. Numbered(5, 64)];

        var batch = gaps ? TestPackets.Batch(receiver.LocalEndpoint, packets) : WithoutGaps(receiver.LocalEndpoint, packets);
        Assert.Equal(new IoResult(IoStatus.Ok, packets.Length, 0), sender.Send([batch], 0));

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

    /// <summary>
    /// A neighbour that does not answer keeps what is sent to it in the socket's account, until that is full; when it is found, everything goes on
    /// from where it stopped.
    /// </summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rest_should_be_sent_later_when_the_socket_is_full_in_the_middle_of_a_refused_message(bool superPacket)
    {
        using var net = new ServerAndInternet();
        // Once a packet has passed, the link carries: before that the kernel drops what it sends.
        net.Server.Run(() => new CommandRunner().Run("ping", "-c1", "-w20", "203.0.113.2"));
        net.Internet.Run(() => TestNamespace.Ip("link", "set", "dev", "net0", "arp", "off"));
        net.Server.Run(() => TestNamespace.Ip("neigh", "flush", "dev", "up0"));
        net.Server.Run(() => Sysctl.Write("net/ipv4/neigh/up0/mcast_solicit", "100")); // seconds until the kernel gives the neighbour up
        using var receiver = net.Internet.Run(() => Open("203.0.113.2:0"));
        using var sender = net.Server.Run(() => Open("203.0.113.1:0", sendBuffer: 16 * 1024));
        var data = Enumerable.Range(0, 50_000).Select(i => (byte)(i / 7)).ToArray();
        var packets = Numbered(50, 1000);
        var batch = superPacket ? SuperPacket(receiver.LocalEndpoint, data, 1000) : TestPackets.Batch(receiver.LocalEndpoint, packets);

        var first = sender.Send([batch], 0);
        Assert.Equal((IoStatus.WouldBlock, 0), (first.Status, first.Refused));
        Assert.InRange(first.Packets, superPacket ? 0 : 1, superPacket ? 0 : 49);
        net.Server.Run(() => TestNamespace.Ip("neigh", "replace", "203.0.113.2", "dev", "up0", "lladdr", net.Internet.Run(AddressOfNet0)));
        var received = new List<byte[]>();
        for (var done = first; done.Status == IoStatus.WouldBlock || received.Count < 50;)
        {
            Assert.True(SpinWait.SpinUntil(() => Take(receiver, received), TimeSpan.FromSeconds(30)), $"{received.Count} of 50 after {first}");
            if (done.Status != IoStatus.WouldBlock) continue;
            done = sender.Send([batch], first.Packets);
            Assert.Equal(0, done.Refused);
            first = done with { Packets = first.Packets + done.Packets };
        }

        if (superPacket) Assert.Equal(data, received.SelectMany(segment => segment[40..]));
        else Assert.Equal(packets, received);
    }

    private static string AddressOfNet0() => TestNamespace.Ip("-br", "link", "show", "net0").Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];

    private static bool Take(UdpSocket socket, List<byte[]> received)
    {
        var burst = TestPackets.Burst();
        socket.Receive(burst);
        for (var i = 0; i < burst.Count; i++) received.Add(burst.Packet(i).ToArray());
        return burst.Count > 0;
    }

    private UdpSocket Open(string local = "127.0.0.1:0", int sendBuffer = 0)
    {
        var descriptor = new FileDescriptor(
            SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_DGRAM | SysSocket.SOCK_NONBLOCK | SysSocket.SOCK_CLOEXEC, IPPROTO_UDPLITE));
        Skip.If(descriptor.IsInvalid, "this kernel has no UDP-Lite, and nothing else here refuses joined datagrams with EIO");
        sockaddr_in6 address;
        var length = SocketAddress.Write(&address, PacketBuilder.Endpoint(local), SysSocket.AF_INET);
        Assert.Equal(0, SysSocket.bind(descriptor, &address, length));
        if (sendBuffer > 0) Assert.Equal(0, SysSocket.setsockopt(descriptor, SysSocket.SOL_SOCKET, SysSocket.SO_SNDBUF, &sendBuffer, sizeof(int)));
        Assert.Equal(0, SysSocket.getsockname(descriptor, &address, &length));
        return new UdpSocket(
            descriptor, SocketAddress.Read(&address), new DatagramReceiver(descriptor, 2000, null, joined: false),
            new DatagramSender(descriptor, "lite", SysSocket.AF_INET, null, joins: true, _warnings.Add), null, default);
    }
}
