// Stage: a session rewrites an ICMP error about its flow. Thread: the loop. Memory: rewrites the batch's bytes in place; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;

namespace UdpTun.Net.Nat;

/// <summary>
/// Translates an ICMP error so that its receiver finds in the quote the packet that it sent (RFC 5508 section 4.2): the outer address, the
/// quoted IP header and the quoted port or identifier, with every checksum that covers them. All else, an MTU included, stays.
/// </summary>
internal static class IcmpErrorTranslator
{
    /// <summary>An error from outside about a packet of the client; it goes to the client as whoever sent it.</summary>
    /// <returns>None; NoSession when it is no error or about another flow; or what is wrong with it. Untouched unless None.</returns>
    public static DropReason Inbound(Span<byte> packet, NatMapping mapping, InetEndpoint remote, bool checksumPending)
    {
        var reason = TryMatch(packet, new FlowKey(mapping.Protocol, mapping.Outer, remote), checksumPending, out var error);
        if (reason != DropReason.None) return reason;
        var quote = packet.Slice(error.QuoteOffset, error.QuoteLength);
        NatTranslator.RewriteSource(quote, error.QuotedTransport, mapping.Protocol, mapping.Outer, mapping.Inner, checksumPending: false);
        var isV4 = remote.Address.IsV4;
        Readdress(packet, NatTranslator.DestinationOffset(isV4), mapping.Outer.Address, mapping.Inner.Address, checksumPending);
        return DropReason.None;
    }

    /// <summary>
    /// An error from the client, or from a router behind it, about a packet of the remote. It leaves with the NAT's outer address, as no
    /// inner address means anything outside (RFC 5508 REQ-5).
    /// </summary>
    /// <returns>See <see cref="Inbound"/>.</returns>
    public static DropReason Outbound(Span<byte> packet, NatMapping mapping, InetEndpoint remote, bool checksumPending)
    {
        var reason = TryMatch(packet, new FlowKey(mapping.Protocol, remote, mapping.Inner), checksumPending, out var error);
        if (reason != DropReason.None) return reason;
        var quote = packet.Slice(error.QuoteOffset, error.QuoteLength);
        NatTranslator.RewriteDestination(quote, error.QuotedTransport, mapping.Protocol, mapping.Inner, mapping.Outer, checksumPending: false);
        IpHeader.TryParse(packet, out var ip);
        Readdress(packet, NatTranslator.SourceOffset(ip.IsV4), ip.Source, mapping.Outer.Address, checksumPending);
        return DropReason.None;
    }

    private static DropReason TryMatch(ReadOnlySpan<byte> packet, in FlowKey quoted, bool checksumPending, out IcmpError error)
    {
        error = default;
        if (PacketParser.Parse(packet, out var key, out var isError) != DropReason.None || !isError || key != quoted.Reversed())
            return DropReason.NoSession;

        IpHeader.TryParse(packet, out var ip);
        IcmpError.TryParse(ip, out error);
        // Made anew below, a wrong checksum would turn right.
        return checksumPending || InternetChecksum.IsIntact(ip.Payload, PseudoHeaderSum(ip)) ? DropReason.None : DropReason.BadIcmpChecksum;
    }

    private static void Readdress(Span<byte> packet, int offset, InetAddress before, InetAddress after, bool checksumPending)
    {
        NatTranslator.RewriteAddress(packet, offset, before, after);
        IpHeader.TryParse(packet, out var ip);
        var checksum = packet.Slice(ip.Length + TransportHeader.IcmpChecksumOffset, 2);
        if (checksumPending)
        {
            BinaryPrimitives.WriteUInt16BigEndian(checksum, PseudoHeaderSum(ip));
            return;
        }

        checksum.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(checksum, (ushort)~InternetChecksum.Add(InternetChecksum.Sum(ip.Payload), PseudoHeaderSum(ip)));
    }

    private static ushort PseudoHeaderSum(IpHeader ip) =>
        InternetChecksum.PseudoHeaderSum(ip.Source, ip.Destination, (IpProtocol)ip.Protocol, ip.Payload.Length);
}
