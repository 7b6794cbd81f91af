using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Pieces;

/// <summary>The packets that the pieces are measured with: full segments of a tunnel with the MTU of 1420.</summary>
internal static class Samples
{
    /// <summary>Segments of a super-packet of 61000 bytes, as the client's TUN makes them.</summary>
    public const int Segments = 44;

    public const int SegmentSize = 1380;
    public const int HeaderLength = 40;

    public static readonly InetEndpoint Client = PacketBuilder.Endpoint("10.9.0.1:40000");
    public static readonly InetEndpoint Inner = PacketBuilder.Endpoint("10.61.0.2:5000");
    public static readonly InetEndpoint Remote = PacketBuilder.Endpoint("203.0.113.1:443");

    /// <summary>What a TUN says of a super-packet with these segments.</summary>
    public static readonly PacketOffload Offload = new(SegmentKind.TcpV4, true, HeaderLength, SegmentSize, 20, 16);

    public static byte[] Tcp(int payload = SegmentSize, int segment = 0) =>
        PacketBuilder.Tcp(Inner, Remote, TcpFlags.Ack, new byte[payload], sequence: (uint)(1 + (segment * SegmentSize)));

    public static byte[] SuperPacket() => PacketBuilder.WithPendingChecksum(Tcp(Segments * SegmentSize));

    /// <summary>A NAT with the default settings.</summary>
    public static NatTable Nat() => new(
        new NatPolicy
        {
            OuterV4 = [InetAddress.Parse("192.168.61.123")],
            PortSelection = PortSelection.Random,
            Filtering = NatFiltering.Open,
            SweepInterval = TimeSpan.FromHours(1),
        },
        new Random(1));

    public static PeerRegistry Peers() => new([InetPrefix.Parse("10.0.0.0/8")], maxPeers: 64, TimeSpan.FromDays(1));
}
