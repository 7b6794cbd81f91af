using System.Buffers.Binary;
using System.Net;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>Packets written out by hand, so that a wrong one is wrong in exactly the way that a test wants.</summary>
internal static class InternetPacket
{
    private const int IpHeaderLength = 20;
    private const int UdpHeaderLength = 8;

    /// <summary>An IPv4 packet with a UDP datagram in it; the datagram's checksum is left out (RFC 768: zero).</summary>
    internal static byte[] Udp(IPEndPoint source, IPEndPoint destination, ReadOnlySpan<byte> data)
    {
        var packet = new byte[IpHeaderLength + UdpHeaderLength + data.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 17;
        source.Address.TryWriteBytes(packet.AsSpan(12), out _);
        destination.Address.TryWriteBytes(packet.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, IpHeaderLength)));
        var udp = packet.AsSpan(IpHeaderLength);
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        data.CopyTo(udp[UdpHeaderLength..]);
        return packet;
    }

    /// <summary>The checksum of RFC 1071 over bytes whose checksum field is zero.</summary>
    internal static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (var i = 0; i < bytes.Length; i++) sum += (uint)(i % 2 == 0 ? bytes[i] << 8 : bytes[i]);
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
