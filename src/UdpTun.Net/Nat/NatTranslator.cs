// Stage: a session rewrites a packet's header. Thread: the loop. Memory: rewrites the batch's bytes in place; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Nat;

/// <summary>
/// Puts one endpoint in the place of another and brings the checksums up to date without reading the payload (RFC 1624), so that a
/// wrong checksum stays wrong. Works on a super-packet as on a packet.
/// </summary>
internal static class NatTranslator
{
    /// <summary>What <see cref="Match"/> gives for a packet of another flow.</summary>
    public const int NoMatch = -1;

    /// <summary>What <see cref="Match"/> gives for a later fragment: there is no transport header in it.</summary>
    public const int LaterFragment = 0;

    /// <summary>
    /// Where the transport header of a packet of this flow begins; looks at the fields that a rewrite relies on and at no other. Of a
    /// later fragment the ports are not seen: whoever grouped it knows its flow.
    /// </summary>
    /// <returns>The header's offset in bytes, <see cref="LaterFragment"/> or <see cref="NoMatch"/>.</returns>
    public static int Match(ReadOnlySpan<byte> packet, IpProtocol protocol, InetEndpoint source, InetEndpoint destination)
    {
        if (IpHeader.TryLocate(packet, out var ip) != DropReason.None || ip.IsV4 != source.Address.IsV4) return NoMatch;
        if (ip.Protocol != (byte)protocol || ip.Source != source.Address || ip.Destination != destination.Address) return NoMatch;
        if (ip.FragmentOffset != 0) return LaterFragment;
        var transport = ip.Payload;
        return transport.Length >= TransportHeader.MinimumLength(protocol) && PortsMatch(transport, protocol, source.Port, destination.Port)
            ? ip.Length : NoMatch;
    }

    /// <summary>Rewrites the source (outbound) of a packet that matched.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="transport">What <see cref="Match"/> gave.</param>
    /// <param name="protocol">The transport's protocol.</param>
    /// <param name="before">The source as it is.</param>
    /// <param name="after">The source as it is to be, of the same family.</param>
    /// <param name="checksumPending">See <see cref="Buffers.PacketOffload.ChecksumPending"/>.</param>
    public static void RewriteSource(
        Span<byte> packet, int transport, IpProtocol protocol, InetEndpoint before, InetEndpoint after, bool checksumPending)
    {
        RewriteAddress(packet, SourceOffset(before.Address.IsV4), before.Address, after.Address);
        if (transport == LaterFragment) return;
        RewriteTransport(
            packet[transport..], PortOffset(protocol, TransportHeader.SourcePortOffset), protocol, before, after, checksumPending);
    }

    /// <summary>Rewrites the destination (inbound) of a packet that matched; see <see cref="RewriteSource"/>.</summary>
    public static void RewriteDestination(
        Span<byte> packet, int transport, IpProtocol protocol, InetEndpoint before, InetEndpoint after, bool checksumPending)
    {
        RewriteAddress(packet, DestinationOffset(before.Address.IsV4), before.Address, after.Address);
        if (transport == LaterFragment) return;
        RewriteTransport(
            packet[transport..], PortOffset(protocol, TransportHeader.DestinationPortOffset), protocol, before, after, checksumPending);
    }

    /// <summary>The control bits of a TCP packet; none for a later fragment.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="transport">What <see cref="Match"/> gave.</param>
    public static TcpFlags FlagsOf(ReadOnlySpan<byte> packet, int transport) =>
        transport == LaterFragment ? TcpFlags.None : (TcpFlags)packet[transport + TransportHeader.TcpFlagsOffset];

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
        Span<byte> transport, int portOffset, IpProtocol protocol, InetEndpoint before, InetEndpoint after, bool checksumPending)
    {
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

    internal static int SourceOffset(bool isV4) => isV4 ? IpHeader.V4SourceOffset : IpHeader.V6SourceOffset;

    internal static int DestinationOffset(bool isV4) => isV4 ? IpHeader.V4DestinationOffset : IpHeader.V6DestinationOffset;
}
