using UdpTun.Actors.Lines;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>
/// What one burst allocates on its way through a line: the same whether it holds one packet or 64. With offload the TUN end hands over
/// super-packets, and what goes to it is joined.
/// </summary>
public sealed class LineAllocationSpecs
{
    /// <summary>Bytes a burst may cost on its way: a batch, a message and what Akka adds in two or three hops. Measured: 160.</summary>
    private const long MostBytesPerBurst = 200;

    private const int Blocks = 8;
    private const int RoundsPerBlock = 25;
    private const int Payload = 100;
    private const int SegmentsPerSuperPacket = 4;

    private static readonly InetEndpoint Client = PacketBuilder.Endpoint("10.9.0.1:40000");
    private static readonly InetEndpoint Server = PacketBuilder.Endpoint("10.9.0.9:9877");
    private static readonly InetEndpoint Inner = PacketBuilder.Endpoint("10.61.0.2:20001");
    private static readonly InetEndpoint Outer = PacketBuilder.Endpoint("192.168.61.123:20001"); // the inner port, for TestNat keeps them
    private static readonly InetEndpoint Remote = PacketBuilder.Endpoint("203.0.113.1:443");

    [Theory]
    [InlineData("client", "outbound", IpProtocol.Udp, false)]
    [InlineData("client", "outbound", IpProtocol.Udp, true)]
    [InlineData("client", "outbound", IpProtocol.Tcp, false)]
    [InlineData("client", "outbound", IpProtocol.Tcp, true)]
    [InlineData("client", "inbound", IpProtocol.Udp, false)]
    [InlineData("client", "inbound", IpProtocol.Udp, true)]
    [InlineData("client", "inbound", IpProtocol.Tcp, false)]
    [InlineData("client", "inbound", IpProtocol.Tcp, true)]
    [InlineData("server", "outbound", IpProtocol.Udp, false)]
    [InlineData("server", "outbound", IpProtocol.Udp, true)]
    [InlineData("server", "outbound", IpProtocol.Tcp, false)]
    [InlineData("server", "outbound", IpProtocol.Tcp, true)]
    [InlineData("server", "inbound", IpProtocol.Udp, false)]
    [InlineData("server", "inbound", IpProtocol.Udp, true)]
    [InlineData("server", "inbound", IpProtocol.Tcp, false)]
    [InlineData("server", "inbound", IpProtocol.Tcp, true)]
    public async Task Burst_of_64_packets_should_allocate_what_a_burst_of_one_does_and_no_more_than_a_few_messages(
        string role, string direction, IpProtocol protocol, bool offload)
    {
        var isServer = role == "server";
        var isOutbound = direction == "outbound";
        await using var line = await Line.StartAsync(isServer, offload);
        if (isServer) await line.PassAsync(intoSocket: true, Packets(protocol, Inner, Remote, 1), default); // opens the session
        var (from, to) = isOutbound ? (Inner, Remote) : (Remote, isServer ? Outer : Inner);
        var intoSocket = isServer == isOutbound;
        var isSuper = offload && !intoSocket;
        var one = isSuper ? SuperPackets(protocol, from, to, 1) : Packets(protocol, from, to, 1);
        var many = isSuper ? SuperPackets(protocol, from, to, 64) : Packets(protocol, from, to, 64);
        var header = isSuper ? OffloadOf(protocol) : default;

        await line.PerBurstAsync(intoSocket, many, header); // grows queues, compiles
        await line.PerBurstAsync(intoSocket, one, header);
        var (forOne, forMany) = (0L, 1L);
        // What is compiled between the two may allocate less from then on.
        for (var tries = 0; forOne != forMany && tries < 10; tries++)
            (forOne, forMany) = (await line.PerBurstAsync(intoSocket, one, header), await line.PerBurstAsync(intoSocket, many, header));

        Assert.Equal(forOne, forMany);
        Assert.InRange(forOne, 1, MostBytesPerBurst);
    }

    /// <summary>The consecutive packets of a stream, which may be joined.</summary>
    private static byte[][] Packets(IpProtocol protocol, InetEndpoint from, InetEndpoint to, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Packet(protocol, from, to, Payload, (uint)(1 + (i * Payload))))];

    private static byte[][] SuperPackets(IpProtocol protocol, InetEndpoint from, InetEndpoint to, int count) =>
        [.. Enumerable.Range(0, count).Select(_ =>
            PacketBuilder.WithPendingChecksum(Packet(protocol, from, to, SegmentsPerSuperPacket * Payload, sequence: 1)))];

    private static byte[] Packet(IpProtocol protocol, InetEndpoint from, InetEndpoint to, int payload, uint sequence) =>
        protocol == IpProtocol.Tcp
            ? PacketBuilder.Tcp(from, to, TcpFlags.Ack, new byte[payload], sequence)
            : PacketBuilder.Udp(from, to, new byte[payload]);

    private static PacketOffload OffloadOf(IpProtocol protocol) => protocol == IpProtocol.Tcp
        ? new PacketOffload(SegmentKind.TcpV4, true, 40, Payload, 20, 16)
        : new PacketOffload(SegmentKind.Udp, true, 28, Payload, 20, 6);

    /// <summary>A client's or server's line between two ends in memory.</summary>
    private sealed class Line(InMemoryTunDevice tun, InMemoryUdpSocket socket, LineSystem system, bool isServer) : IAsyncDisposable
    {
        public static async Task<Line> StartAsync(bool isServer, bool offload)
        {
            var tun = new InMemoryTunDevice { Recording = false, Offload = new TunOffload(offload, offload) };
            var socket = new InMemoryUdpSocket(default) { Recording = false };
            var tuns = new InMemoryDeviceFactory<InMemoryTunDevice>(_ => tun);
            var sockets = new InMemoryDeviceFactory<InMemoryUdpSocket>(_ => socket);
            var nat = new TestNat();
            nat.Table.Use(nat.Table.Policy with { SweepInterval = TimeSpan.FromHours(1) }, TimeSpan.Zero);
            ILinePlan plan = isServer
                ? new ServerLine(
                    tuns, sockets, new PlainTransport(), nat.Table, nat.Peers, nat.Destinations, nat.Hairpin, nat.PortMapper,
                    [TestNat.Gateway])
                : new ClientLine(tuns, sockets, new PlainTransport(), Server);
            return new Line(tun, socket, await LineSystem.StartAsync(plan), isServer);
        }

        /// <summary>
        /// The least of several blocks: what the runtime allocates now and then on any thread (a queue's new segment) is not the line's.
        /// </summary>
        public async Task<long> PerBurstAsync(bool intoSocket, byte[][] packets, PacketOffload offload)
        {
            var least = long.MaxValue;
            for (var block = 0; block < Blocks; block++)
            {
                var before = await system.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
                for (var round = 0; round < RoundsPerBlock; round++) await PassAsync(intoSocket, packets, offload);
                var after = await system.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
                least = Math.Min(least, (after - before) / RoundsPerBlock);
            }

            return least;
        }

        /// <summary>Lets a burst arrive at one end and waits until it has left at the other.</summary>
        public async Task PassAsync(bool intoSocket, byte[][] packets, PacketOffload offload)
        {
            InMemoryDevice end = intoSocket ? tun : socket;
            var joined = intoSocket && tun.Offload.Tcp;
            var written = end.WrittenCount + (joined ? 1 : packets.Length);
            if (intoSocket) socket.ArriveTogether(isServer ? Client : Server, packets);
            else tun.ArriveTogether(packets, offload);
            await Eventually.TrueAsync(() => end.WrittenCount == written);
        }

        public ValueTask DisposeAsync() => system.DisposeAsync();
    }
}
