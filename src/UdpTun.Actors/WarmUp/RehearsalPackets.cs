using System.Buffers.Binary;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Actors.WarmUp;

/// <summary>Packets of each kind that a tunnel carries, and how they are answered.</summary>
internal static class RehearsalPackets
{
    public static readonly InetAddress OuterV4 = InetAddress.Parse("192.0.2.10");
    public static readonly InetAddress OuterV6 = InetAddress.Parse("2001:db8::10");
    public static readonly InetAddress Gateway = InetAddress.Parse("192.0.2.11");

    /// <summary>Where the packets come from.</summary>
    public static IReadOnlyList<InetAddress> Inner => [s_inner, s_inner6];

    private const int TransportLength = 24;
    private const int TcpLength = 20;
    private const int TcpChecksumOffset = 16;
    private const int SegmentSize = 1340; // what a TUN of 1420 bytes has room for behind either header
    private const int Segments = 40;
    private const int Row = 8;
    private const ushort DestinationPort = 7;
    private const ushort FirstPort = 30000;

    /// <summary>Rounds that open flows; a stream has opened its own.</summary>
    private const int NewFlows = 10;
    private static readonly InetAddress s_inner = InetAddress.Parse("192.0.2.20");
    private static readonly InetAddress s_inner6 = InetAddress.Parse("2001:db8::20");
    private static readonly InetAddress s_remote = InetAddress.Parse("198.51.100.1");
    private static readonly InetAddress s_remote6 = InetAddress.Parse("2001:db8::1");

    /// <summary>
    /// The packets of one round: the first of four flows, UDP, TCP and a ping over IPv4, UDP over IPv6; then, of the flows of the first round, a row of
    /// datagrams and, where the device takes them, super-packets.
    /// </summary>
    public static IEnumerable<(byte[] Packet, PacketOffload Offload)> Round(int number, TunOffload offload)
    {
        var port = (ushort)(FirstPort + (number < NewFlows ? number : 0));
        yield return (Packet(IpProtocol.Udp, s_inner, s_remote, port), default);
        yield return (Packet(IpProtocol.Tcp, s_inner, s_remote, port), default);
        yield return (Packet(IpProtocol.Icmp, s_inner, s_remote, port), default);
        yield return (Packet(IpProtocol.Udp, s_inner6, s_remote6, port), default);
        // With the secure transport the first round waits for the handshake, where there is little room.
        if (number == 0) yield break;
        for (var i = 0; i < Row; i++) yield return (Packet(IpProtocol.Udp, s_inner, s_remote, FirstPort), default);
        if (!offload.Tcp) yield break;
        yield return SuperPacket(s_inner, s_remote);
        yield return SuperPacket(s_inner6, s_remote6);
    }

    /// <summary>Makes a packet its own answer; exchanging addresses and ports leaves every checksum as it was, the pending ones too.</summary>
    public static void TurnRound(Span<byte> packet)
    {
        var isV4 = packet[0] >> 4 == 4;
        var (addresses, length) = isV4 ? (12, 4) : (8, 16);
        Exchange(packet, addresses, length);
        var transport = packet[(isV4 ? IpHeader.V4Length : IpHeader.V6Length)..];
        if (isV4 && packet[9] == (byte)IpProtocol.Icmp) WriteEcho(transport, IcmpType.EchoReply, BinaryPrimitives.ReadUInt16BigEndian(transport[4..]));
        else Exchange(packet, packet.Length - transport.Length, 2);
    }

    private static void Exchange(Span<byte> packet, int offset, int length)
    {
        var first = packet.Slice(offset, length);
        var second = packet.Slice(offset + length, length);
        Span<byte> kept = stackalloc byte[16];
        first.CopyTo(kept);
        second.CopyTo(first);
        kept[..length].CopyTo(second);
    }

    /// <summary>A full super-packet of a TCP stream, as a kernel hands it over.</summary>
    private static (byte[] Packet, PacketOffload Offload) SuperPacket(InetAddress source, InetAddress destination)
    {
        var header = source.IsV4 ? IpHeader.V4Length : IpHeader.V6Length;
        var packet = new byte[header + TcpLength + (Segments * SegmentSize)];
        var tcp = packet.AsSpan(header);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, FirstPort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], DestinationPort);
        (tcp[12], tcp[13]) = (5 << 4, (byte)TcpFlags.Ack);
        BinaryPrimitives.WriteUInt16BigEndian(
            tcp[TcpChecksumOffset..], InternetChecksum.PseudoHeaderSum(source, destination, IpProtocol.Tcp, (ushort)tcp.Length));
        if (source.IsV4) WriteV4(packet, IpProtocol.Tcp, source, destination);
        else WriteV6(packet, IpProtocol.Tcp, source, destination);
        return (packet, new PacketOffload(
            source.IsV4 ? SegmentKind.TcpV4 : SegmentKind.TcpV6, true, (ushort)(header + TcpLength), SegmentSize, (ushort)header,
            TcpChecksumOffset));
    }

    private static byte[] Packet(IpProtocol protocol, InetAddress source, InetAddress destination, ushort port)
    {
        var header = source.IsV4 ? IpHeader.V4Length : IpHeader.V6Length;
        var packet = new byte[header + TransportLength];
        var transport = packet.AsSpan(header);
        if (protocol == IpProtocol.Icmp)
        {
            WriteEcho(transport, IcmpType.EchoRequest, port);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport, port);
            BinaryPrimitives.WriteUInt16BigEndian(transport[2..], DestinationPort);
            if (protocol == IpProtocol.Udp) BinaryPrimitives.WriteUInt16BigEndian(transport[4..], TransportLength);
            else (transport[12], transport[13]) = (5 << 4, (byte)TcpFlags.Syn);
            var sum = InternetChecksum.Add(
                InternetChecksum.Sum(transport), InternetChecksum.PseudoHeaderSum(source, destination, protocol, TransportLength));
            BinaryPrimitives.WriteUInt16BigEndian(transport[(protocol == IpProtocol.Udp ? 6 : 16)..], (ushort)~sum);
        }

        if (source.IsV4) WriteV4(packet, protocol, source, destination);
        else WriteV6(packet, protocol, source, destination);
        return packet;
    }

    private static void WriteEcho(Span<byte> message, byte type, ushort identifier)
    {
        message[0] = type;
        message[2..4].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Compute(message));
    }

    private static void WriteV4(Span<byte> packet, IpProtocol protocol, InetAddress source, InetAddress destination)
    {
        (packet[0], packet[8], packet[9]) = (0x45, 64, (byte)protocol);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        source.WriteTo(packet[12..]);
        destination.WriteTo(packet[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Compute(packet[..IpHeader.V4Length]));
    }

    private static void WriteV6(Span<byte> packet, IpProtocol protocol, InetAddress source, InetAddress destination)
    {
        (packet[0], packet[6], packet[7]) = (0x60, (byte)protocol, 64);
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - IpHeader.V6Length));
        source.WriteTo(packet[8..]);
        destination.WriteTo(packet[24..]);
    }
}
