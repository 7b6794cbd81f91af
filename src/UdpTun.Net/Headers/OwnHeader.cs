// Stage: an answer of our own to a packet that goes no further. Thread: the loop. Memory: the caller's span; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Headers;

/// <summary>Writes the IP header of a packet that we make ourselves.</summary>
internal static class OwnHeader
{
    private const byte HopLimit = 64;

    /// <param name="packet">The whole packet, its first bytes 0: their number is what the header says.</param>
    /// <param name="from">Whom it comes from.</param>
    /// <param name="to">Whom it goes to; of the same family.</param>
    /// <param name="protocol">What it carries.</param>
    /// <param name="typeOfService">Version 4 only.</param>
    public static void Write(Span<byte> packet, InetAddress from, InetAddress to, IpProtocol protocol, byte typeOfService = 0)
    {
        if (from.IsV4) WriteV4(packet, from, to, protocol, typeOfService);
        else WriteV6(packet, from, to, protocol);
    }

    private static void WriteV4(Span<byte> packet, InetAddress from, InetAddress to, IpProtocol protocol, byte typeOfService)
    {
        packet[0] = 0x45; // version 4, five words
        packet[IpHeader.V4TypeOfServiceOffset] = typeOfService;
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V4TotalLengthOffset..], (ushort)packet.Length);
        packet[IpHeader.V4FragmentOffset] = 0x40; // never a fragment, so it needs no identification (RFC 6864 section 4.1)
        packet[IpHeader.V4TimeToLiveOffset] = HopLimit;
        packet[IpHeader.V4ProtocolOffset] = (byte)protocol;
        from.WriteTo(packet[IpHeader.V4SourceOffset..]);
        to.WriteTo(packet[IpHeader.V4DestinationOffset..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V4ChecksumOffset..], InternetChecksum.Compute(packet[..IpHeader.V4Length]));
    }

    private static void WriteV6(Span<byte> packet, InetAddress from, InetAddress to, IpProtocol protocol)
    {
        packet[0] = 6 << 4;
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V6PayloadLengthOffset..], (ushort)(packet.Length - IpHeader.V6Length));
        packet[IpHeader.V6NextHeaderOffset] = (byte)protocol;
        packet[IpHeader.V6HopLimitOffset] = HopLimit;
        from.WriteMappedTo(packet[IpHeader.V6SourceOffset..]);
        to.WriteMappedTo(packet[IpHeader.V6DestinationOffset..]);
    }
}
