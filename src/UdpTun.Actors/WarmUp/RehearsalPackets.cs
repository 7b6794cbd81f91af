using System.Buffers.Binary;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Actors.WarmUp;

/// <summary>Small whole packets of each kind that a tunnel carries, and the answers to them.</summary>
internal static class RehearsalPackets
{
    /// <summary>Packets in each round: UDP, TCP and a ping over IPv4, UDP over IPv6.</summary>
    public const int PerRound = 4;

    public static readonly InetAddress OuterV4 = InetAddress.Parse("192.0.2.10");
    public static readonly InetAddress OuterV6 = InetAddress.Parse("2001:db8::10");
    public static readonly InetAddress Gateway = InetAddress.Parse("192.0.2.11");

    /// <summary>Where the packets come from.</summary>
    public static IReadOnlyList<InetAddress> Inner => [s_inner, s_inner6];

    private const int TransportLength = 24;
    private const ushort DestinationPort = 7;
    private static readonly InetAddress s_inner = InetAddress.Parse("192.0.2.20");
    private static readonly InetAddress s_inner6 = InetAddress.Parse("2001:db8::20");
    private static readonly InetAddress s_remote = InetAddress.Parse("198.51.100.1");
    private static readonly InetAddress s_remote6 = InetAddress.Parse("2001:db8::1");

    /// <summary>The packets of one round, each the first of a flow of its own.</summary>
    public static IEnumerable<byte[]> Round(int number)
    {
        var port = (ushort)(30000 + number);
        yield return Packet(IpProtocol.Udp, s_inner, s_remote, port);
        yield return Packet(IpProtocol.Tcp, s_inner, s_remote, port);
        yield return Packet(IpProtocol.Icmp, s_inner, s_remote, port);
        yield return Packet(IpProtocol.Udp, s_inner6, s_remote6, port);
    }

    /// <summary>The same packet the other way; exchanging addresses and ports leaves every checksum as it was.</summary>
    public static byte[] Answer(byte[] packet)
    {
        var isV4 = packet[0] >> 4 == 4;
        var (addresses, length) = isV4 ? (12, 4) : (8, 16);
        Exchange(packet, addresses, length);
        var transport = packet.AsSpan(isV4 ? IpHeader.V4Length : IpHeader.V6Length);
        if (isV4 && packet[9] == (byte)IpProtocol.Icmp) WriteEcho(transport, IcmpType.EchoReply, BinaryPrimitives.ReadUInt16BigEndian(transport[4..]));
        else Exchange(packet, packet.Length - transport.Length, 2);
        return packet;
    }

    private static void Exchange(byte[] packet, int offset, int length)
    {
        var first = packet.AsSpan(offset, length);
        var second = packet.AsSpan(offset + length, length);
        Span<byte> kept = stackalloc byte[16];
        first.CopyTo(kept);
        second.CopyTo(first);
        kept[..length].CopyTo(second);
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
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], TransportLength);
        source.WriteTo(packet[8..]);
        destination.WriteTo(packet[24..]);
    }
}
