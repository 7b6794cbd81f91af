using System.Buffers.Binary;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Testing.Packets;

/// <summary>
/// Builds whole IP packets with correct lengths and checksums, by code of its own: nothing here calls the code under test. The
/// family follows from the addresses. Texts are endpoints as in <c>10.61.0.2:5000</c> and <c>[fd61::2]:5000</c>.
/// </summary>
public static class PacketBuilder
{
    private const byte TimeToLive = 64;

    public static byte[] Udp(InetEndpoint source, InetEndpoint destination, ReadOnlySpan<byte> payload = default)
    {
        var body = new byte[8 + payload.Length];
        WritePorts(body, source, destination);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(4), (ushort)body.Length);
        payload.CopyTo(body.AsSpan(8));
        return Finish(Ip((byte)IpProtocol.Udp, source.Address, destination.Address, body));
    }

    public static byte[] Udp(string source, string destination, ReadOnlySpan<byte> payload = default) =>
        Udp(Endpoint(source), Endpoint(destination), payload);

    public static byte[] Tcp(
        InetEndpoint source, InetEndpoint destination, TcpFlags flags, ReadOnlySpan<byte> payload = default, uint sequence = 1, uint acknowledgment = 1)
    {
        var body = new byte[20 + payload.Length];
        WritePorts(body, source, destination);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(8), acknowledgment);
        body[12] = 5 << 4;
        body[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(14), 0xFFFF);
        payload.CopyTo(body.AsSpan(20));
        return Finish(Ip((byte)IpProtocol.Tcp, source.Address, destination.Address, body));
    }

    public static byte[] Tcp(string source, string destination, TcpFlags flags, ReadOnlySpan<byte> payload = default) =>
        Tcp(Endpoint(source), Endpoint(destination), flags, payload);

    public static byte[] EchoRequest(
        InetAddress source, InetAddress destination, ushort identifier, ushort sequence = 1, ReadOnlySpan<byte> payload = default) =>
        Icmp(source, destination, source.IsV4 ? IcmpType.EchoRequest : IcmpType.EchoRequestV6, identifier, sequence, payload);

    public static byte[] EchoRequest(string source, string destination, ushort identifier, ushort sequence = 1, ReadOnlySpan<byte> payload = default) =>
        EchoRequest(InetAddress.Parse(source), InetAddress.Parse(destination), identifier, sequence, payload);

    public static byte[] EchoReply(
        InetAddress source, InetAddress destination, ushort identifier, ushort sequence = 1, ReadOnlySpan<byte> payload = default) =>
        Icmp(source, destination, source.IsV4 ? IcmpType.EchoReply : IcmpType.EchoReplyV6, identifier, sequence, payload);

    public static byte[] EchoReply(string source, string destination, ushort identifier, ushort sequence = 1, ReadOnlySpan<byte> payload = default) =>
        EchoReply(InetAddress.Parse(source), InetAddress.Parse(destination), identifier, sequence, payload);

    /// <summary>An ICMP message of any type; the second word of its header is what the two numbers say.</summary>
    public static byte[] Icmp(
        InetAddress source, InetAddress destination, byte type, ushort identifier = 0, ushort sequence = 0, ReadOnlySpan<byte> payload = default)
    {
        var body = new byte[8 + payload.Length];
        body[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(4), identifier);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(6), sequence);
        payload.CopyTo(body.AsSpan(8));
        return Finish(Ip((byte)(source.IsV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6), source, destination, body));
    }

    /// <summary>An IP header without options in front of <paramref name="body"/>, which is taken as it stands.</summary>
    public static byte[] Ip(byte protocol, InetAddress source, InetAddress destination, ReadOnlySpan<byte> body)
    {
        if (source.IsV4 != destination.IsV4) throw new ArgumentException("the addresses are of two families");
        return source.IsV4 ? IpV4(protocol, source, destination, body) : IpV6(protocol, source, destination, body);
    }

    /// <summary>Writes both checksums anew; for a packet that a test has altered and wants intact.</summary>
    public static byte[] Finish(byte[] packet)
    {
        RefreshHeaderChecksum(packet);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(PlainChecksum.ChecksumAt(packet)), PlainChecksum.OfTransport(packet));
        return packet;
    }

    /// <summary>Writes the IPv4 header checksum anew and leaves the transport alone.</summary>
    public static byte[] RefreshHeaderChecksum(byte[] packet)
    {
        if (packet[0] >> 4 == 4) BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), PlainChecksum.OfHeader(packet));
        return packet;
    }

    /// <summary>The packet as a kernel with checksum offload hands it over: only the pseudo-header's sum in the checksum field.</summary>
    public static byte[] WithPendingChecksum(byte[] packet)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(PlainChecksum.ChecksumAt(packet)), PlainChecksum.OfPseudoHeader(packet));
        return packet;
    }

    /// <summary>The packet with a transport checksum of 0, which means none in UDP over IPv4 (RFC 768).</summary>
    public static byte[] WithoutChecksum(byte[] packet)
    {
        packet.AsSpan(PlainChecksum.ChecksumAt(packet), 2).Clear();
        return packet;
    }

    /// <summary>
    /// An IPv6 packet with extension headers in front of its transport, each of a type and a length (a multiple of 8) and otherwise empty.
    /// </summary>
    public static byte[] WithExtensions(byte[] packet, params (byte Type, int Length)[] headers)
    {
        var next = packet[6];
        var chain = new List<byte>();
        for (var i = 0; i < headers.Length; i++)
        {
            var header = new byte[headers[i].Length];
            header[0] = i + 1 < headers.Length ? headers[i + 1].Type : next;
            header[1] = (byte)(header.Length / 8 - 1);
            chain.AddRange(header);
        }

        byte[] extended = [.. packet[..40], .. chain, .. packet[40..]];
        extended[6] = headers[0].Type;
        BinaryPrimitives.WriteUInt16BigEndian(extended.AsSpan(4), (ushort)(extended.Length - 40));
        return extended;
    }

    /// <exception cref="FormatException">Not an endpoint.</exception>
    public static InetEndpoint Endpoint(string text) =>
        InetEndpoint.TryParse(text, out var endpoint) ? endpoint : throw new FormatException($"'{text}' is not an endpoint");

    private static byte[] IpV4(byte protocol, InetAddress source, InetAddress destination, ReadOnlySpan<byte> body)
    {
        var packet = new byte[20 + body.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), 0x1234);
        packet[6] = 0x40; // don't fragment
        packet[8] = TimeToLive;
        packet[9] = protocol;
        source.WriteTo(packet.AsSpan(12));
        destination.WriteTo(packet.AsSpan(16));
        body.CopyTo(packet.AsSpan(20));
        return RefreshHeaderChecksum(packet);
    }

    private static byte[] IpV6(byte protocol, InetAddress source, InetAddress destination, ReadOnlySpan<byte> body)
    {
        var packet = new byte[40 + body.Length];
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)body.Length);
        packet[6] = protocol;
        packet[7] = TimeToLive;
        source.WriteMappedTo(packet.AsSpan(8));
        destination.WriteMappedTo(packet.AsSpan(24));
        body.CopyTo(packet.AsSpan(40));
        return packet;
    }

    private static void WritePorts(Span<byte> body, InetEndpoint source, InetEndpoint destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(body, source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(body[2..], destination.Port);
    }
}
