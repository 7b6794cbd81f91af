// Stage: the end of the line where the tunnel itself is pinged. Thread: the loop. Memory: rewrites the caller's packet in place.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Icmp;

/// <summary>
/// Turns an ICMP echo request into its reply (RFC 1122 section 3.2.2.6, RFC 4443 section 4.2). Multicast and the limited broadcast are
/// never answered: the parser refuses them as martians. A subnet's directed broadcast is not known here; the caller answers
/// only addresses that are its own or routed to it.
/// </summary>
public static class EchoResponder
{
    // A reply is a packet of its own and lives as long as one (RFC 1122 section 3.2.1.7), however far the request had come.
    private const byte ReplyTimeToLive = 64;

    /// <param name="packet">One whole packet; rewritten only after <see cref="DropReason.None"/>.</param>
    /// <param name="checksumPending">
    /// The checksum field holds the pseudo-header's sum or, for ICMPv4, 0: it is left as it is, for swapped addresses have the same sum.
    /// </param>
    /// <returns>None, the parser's reason, UnsupportedExtensionHeader for any (what asked for it need not fit a reply), or NotEchoRequest for anything else, a request with a wrong checksum included.</returns>
    public static DropReason Answer(Span<byte> packet, bool checksumPending = false)
    {
        var reason = PacketParser.Parse(packet, out var key);
        if (reason != DropReason.None) return reason;
        var isV4 = key.Source.Address.IsV4;
        if (!isV4 && packet[IpHeader.V6NextHeaderOffset] != (byte)key.Protocol) return DropReason.UnsupportedExtensionHeader;
        var icmp = packet[(isV4 ? IpHeader.V4Length : IpHeader.V6Length)..];
        if (!IsRequest(key.Protocol, icmp)) return DropReason.NotEchoRequest;
        if (!checksumPending && !IsIntact(key, icmp)) return DropReason.NotEchoRequest;

        if (isV4) TurnV4(packet, key);
        else TurnV6(packet, key);
        TurnIcmp(icmp, key, checksumPending);
        return DropReason.None;
    }

    private static bool IsRequest(IpProtocol protocol, ReadOnlySpan<byte> icmp) => protocol switch
    {
        IpProtocol.Icmp => icmp[TransportHeader.IcmpTypeOffset] == IcmpType.EchoRequest,
        IpProtocol.IcmpV6 => icmp[TransportHeader.IcmpTypeOffset] == IcmpType.EchoRequestV6,
        _ => false,
    };

    private static bool IsIntact(in FlowKey key, ReadOnlySpan<byte> icmp) =>
        InternetChecksum.IsIntact(icmp, PseudoHeaderSum(key, icmp.Length));

    private static ushort PseudoHeaderSum(in FlowKey key, int length) =>
        InternetChecksum.PseudoHeaderSum(key.Source.Address, key.Destination.Address, key.Protocol, length);

    private static void TurnV4(Span<byte> packet, in FlowKey key)
    {
        key.Destination.Address.WriteTo(packet[IpHeader.V4SourceOffset..]);
        key.Source.Address.WriteTo(packet[IpHeader.V4DestinationOffset..]);
        packet[IpHeader.V4TimeToLiveOffset] = ReplyTimeToLive;
        var checksum = packet.Slice(IpHeader.V4ChecksumOffset, 2);
        checksum.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(checksum, InternetChecksum.Compute(packet[..IpHeader.V4Length]));
    }

    private static void TurnV6(Span<byte> packet, in FlowKey key)
    {
        key.Destination.Address.WriteMappedTo(packet[IpHeader.V6SourceOffset..]);
        key.Source.Address.WriteMappedTo(packet[IpHeader.V6DestinationOffset..]);
        packet[IpHeader.V6HopLimitOffset] = ReplyTimeToLive;
    }

    private static void TurnIcmp(Span<byte> icmp, in FlowKey key, bool checksumPending)
    {
        icmp[TransportHeader.IcmpTypeOffset] = key.Protocol == IpProtocol.Icmp ? IcmpType.EchoReply : IcmpType.EchoReplyV6;
        if (checksumPending) return;
        var checksum = icmp.Slice(TransportHeader.IcmpChecksumOffset, 2);
        checksum.Clear();
        var sum = InternetChecksum.Add(InternetChecksum.Sum(icmp), PseudoHeaderSum(key, icmp.Length));
        BinaryPrimitives.WriteUInt16BigEndian(checksum, (ushort)~sum);
    }
}
