// Stage: a session rewrites a packet's header. Thread: the loop. Memory: rewrites the batch's bytes in place; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Nat;

/// <summary>
/// Puts one endpoint in the place of another and brings the checksums up to date without reading the payload (RFC 1624), so that a
/// wrong checksum stays wrong. Works on a super-packet as on a packet.
/// </summary>
internal static class NatTranslator
{
    private const int MoreFragmentsAndOffset = 0x3FFF;
    private const byte V4WithoutOptions = 0x45;

    /// <summary>
    /// True when the packet is one of this flow as the parser would read it; looks at the fields that a rewrite relies on and at no other.
    /// </summary>
    public static bool Matches(ReadOnlySpan<byte> packet, IpProtocol protocol, InetEndpoint source, InetEndpoint destination)
    {
        var isV4 = source.Address.IsV4;
        var headerLength = isV4 ? IpHeader.V4Length : IpHeader.V6Length;
        if (packet.Length < headerLength + TransportHeader.MinimumLength(protocol)) return false;
        if (!(isV4 ? IsPlainV4(packet, protocol) : IsPlainV6(packet, protocol))) return false;
        return AddressAt(packet, SourceOffset(isV4), isV4) == source.Address
            && AddressAt(packet, DestinationOffset(isV4), isV4) == destination.Address
            && PortsMatch(packet[headerLength..], protocol, source.Port, destination.Port);
    }

    /// <summary>Rewrites the source (outbound). The packet must match.</summary>
    public static void RewriteSource(Span<byte> packet, IpProtocol protocol, InetEndpoint before, InetEndpoint after, bool checksumPending)
    {
        var isV4 = before.Address.IsV4;
        RewriteAddress(packet, SourceOffset(isV4), before.Address, after.Address);
        RewriteTransport(packet, PortOffset(protocol, TransportHeader.SourcePortOffset), protocol, before, after, checksumPending);
    }

    /// <summary>Rewrites the destination (inbound). The packet must match.</summary>
    public static void RewriteDestination(
        Span<byte> packet, IpProtocol protocol, InetEndpoint before, InetEndpoint after, bool checksumPending)
    {
        var isV4 = before.Address.IsV4;
        RewriteAddress(packet, DestinationOffset(isV4), before.Address, after.Address);
        RewriteTransport(packet, PortOffset(protocol, TransportHeader.DestinationPortOffset), protocol, before, after, checksumPending);
    }

    /// <summary>The control bits of a TCP packet that matches.</summary>
    public static TcpFlags FlagsOf(ReadOnlySpan<byte> packet) =>
        (TcpFlags)packet[(IpHeader.IsVersion4(packet) ? IpHeader.V4Length : IpHeader.V6Length) + TransportHeader.TcpFlagsOffset];

    /// <summary>Puts an address in the place of another of its family and brings the IPv4 header's checksum up to date.</summary>
    internal static void RewriteAddress(Span<byte> packet, int offset, InetAddress before, InetAddress after)
    {
        if (before.IsV4)
        {
            after.WriteTo(packet[offset..]);
            var field = packet.Slice(IpHeader.V4ChecksumOffset, 2);
            var checksum = BinaryPrimitives.ReadUInt16BigEndian(field);
            BinaryPrimitives.WriteUInt16BigEndian(field, InternetChecksum.Update(checksum, before, after));
        }
        else
        {
            after.WriteMappedTo(packet[offset..]);
        }
    }

    private static void RewriteTransport(
        Span<byte> packet, int portOffset, IpProtocol protocol, InetEndpoint before, InetEndpoint after, bool checksumPending)
    {
        var transport = packet[(before.Address.IsV4 ? IpHeader.V4Length : IpHeader.V6Length)..];
        BinaryPrimitives.WriteUInt16BigEndian(transport[portOffset..], after.Port);

        // An ICMP error may quote no more than 8 bytes (RFC 792); a TCP checksum lies beyond them.
        var checksumOffset = TransportHeader.ChecksumOffset(protocol);
        if (transport.Length < checksumOffset + 2) return;
        var field = transport.Slice(checksumOffset, 2);
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(field);
        BinaryPrimitives.WriteUInt16BigEndian(
            field, checksumPending ? Pending(checksum, protocol, before, after) : Finished(checksum, protocol, before, after));
    }

    // The field holds the pseudo-header's sum alone; whoever finishes the checksum reads the new port where it stands.
    private static ushort Pending(ushort sum, IpProtocol protocol, InetEndpoint before, InetEndpoint after) =>
        protocol == IpProtocol.Icmp ? sum : InternetChecksum.UpdateSum(sum, before.Address, after.Address);

    private static ushort Finished(ushort checksum, IpProtocol protocol, InetEndpoint before, InetEndpoint after)
    {
        // RFC 768: 0 says that the sender made none. RFC 6936 allows the same over IPv6 to some tunnels; anywhere else it is wrong
        // and stays so.
        if (protocol == IpProtocol.Udp && checksum == 0) return 0;
        checksum = InternetChecksum.Update(checksum, before.Port, after.Port);
        if (protocol != IpProtocol.Icmp) checksum = InternetChecksum.Update(checksum, before.Address, after.Address);
        return protocol == IpProtocol.Udp && checksum == 0 ? (ushort)0xFFFF : checksum;
    }

    private static bool IsPlainV4(ReadOnlySpan<byte> packet, IpProtocol protocol) =>
        packet[0] == V4WithoutOptions
        && packet[IpHeader.V4ProtocolOffset] == (byte)protocol
        && (BinaryPrimitives.ReadUInt16BigEndian(packet[IpHeader.V4FragmentOffset..]) & MoreFragmentsAndOffset) == 0;

    private static bool IsPlainV6(ReadOnlySpan<byte> packet, IpProtocol protocol) =>
        packet[0] >> 4 == 6 && packet[IpHeader.V6NextHeaderOffset] == (byte)protocol;

    private static bool PortsMatch(ReadOnlySpan<byte> transport, IpProtocol protocol, ushort source, ushort destination)
    {
        if (protocol is IpProtocol.Tcp or IpProtocol.Udp)
        {
            return BinaryPrimitives.ReadUInt16BigEndian(transport[TransportHeader.SourcePortOffset..]) == source
                && BinaryPrimitives.ReadUInt16BigEndian(transport[TransportHeader.DestinationPortOffset..]) == destination;
        }

        // FlowKey: a request bears its identifier in the source's place, a reply in the destination's. A reply to 0 is no one's, as
        // outer identifiers begin at 1; without this it would pass for a request of the inner identifier 0.
        var (request, reply) = protocol == IpProtocol.Icmp
            ? (IcmpType.EchoRequest, IcmpType.EchoReply)
            : (IcmpType.EchoRequestV6, IcmpType.EchoReplyV6);
        var type = transport[TransportHeader.IcmpTypeOffset];
        var identifier = BinaryPrimitives.ReadUInt16BigEndian(transport[TransportHeader.IcmpIdentifierOffset..]);
        if (type == request) return identifier == source && destination == 0;
        return type == reply && identifier == destination && source == 0 && destination != 0;
    }

    private static int PortOffset(IpProtocol protocol, int portOffset) =>
        protocol is IpProtocol.Tcp or IpProtocol.Udp ? portOffset : TransportHeader.IcmpIdentifierOffset;

    private static InetAddress AddressAt(ReadOnlySpan<byte> packet, int offset, bool isV4) =>
        InetAddress.FromBytes(packet.Slice(offset, isV4 ? 4 : 16));

    internal static int SourceOffset(bool isV4) => isV4 ? IpHeader.V4SourceOffset : IpHeader.V6SourceOffset;

    internal static int DestinationOffset(bool isV4) => isV4 ? IpHeader.V4DestinationOffset : IpHeader.V6DestinationOffset;
}
