// Stage: parser and translator. Thread: any. Memory: a view over the caller's span, valid as long as that is; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Icmp;

/// <summary>
/// An ICMP error and the packet it quotes: destination unreachable, time exceeded, parameter problem (RFC 792) and, in version 6,
/// packet too big (RFC 4443 section 3). The other messages that quote, source quench and redirect, are not among them.
/// </summary>
internal readonly ref struct IcmpError
{
    /// <summary>Bytes in front of the quote (RFC 792, RFC 4443 section 3).</summary>
    private const int HeaderLength = 8;

    // What every quote holds of the transport (RFC 792); enough for ports and identifiers.
    private const int QuotedTransportLength = 8;
    private const byte V4WithoutOptions = 0x45;

    private IcmpError(FlowKey quoted, int quoteOffset, int quoteLength, int quotedTransport) =>
        (Quoted, QuoteOffset, QuoteLength, QuotedTransport) = (quoted, quoteOffset, quoteLength, quotedTransport);

    /// <summary>The flow of the quoted packet, as that packet was sent.</summary>
    public FlowKey Quoted { get; }

    /// <summary>Where the quoted IP header begins in the whole packet.</summary>
    public int QuoteOffset { get; }

    /// <summary>
    /// Bytes of the quoted packet, a header and 8 bytes or more. What may follow them, padding and extensions (RFC 4884), is no part of it.
    /// </summary>
    public int QuoteLength { get; }

    /// <summary>Where in the quote the transport header begins.</summary>
    public int QuotedTransport { get; }

    public static bool IsError(IpProtocol protocol, ReadOnlySpan<byte> icmp)
    {
        if (icmp.IsEmpty) return false;
        var type = icmp[TransportHeader.IcmpTypeOffset];
        return protocol switch
        {
            IpProtocol.Icmp => type is IcmpType.DestinationUnreachable or IcmpType.TimeExceeded or IcmpType.ParameterProblem,
            IpProtocol.IcmpV6 => type is IcmpType.DestinationUnreachableV6 or IcmpType.PacketTooBigV6 or IcmpType.TimeExceededV6
                or IcmpType.ParameterProblemV6,
            _ => false,
        };
    }

    /// <summary>
    /// Reads the quote of what <see cref="IsError"/>. The quoted transport checksum is not looked at (RFC 5508 section 4.2), nor is
    /// the error's own, which only its translation needs.
    /// </summary>
    /// <returns>None, Truncated, BadQuote, UnsupportedQuote or ForeignQuote.</returns>
    public static DropReason TryParse(IpHeader ip, out IcmpError error)
    {
        error = default;
        if (ip.Payload.Length < HeaderLength) return DropReason.Truncated;
        var quote = ip.Payload[HeaderLength..];
        var reason = ip.IsV4 ? CheckV4(quote, out var length) : CheckV6(quote, out length);
        if (reason != DropReason.None) return reason;

        if (IpHeader.TryLocate(quote, out var quoted) != DropReason.None) return DropReason.UnsupportedQuote;
        if (quoted.FragmentOffset != 0) return DropReason.UnsupportedQuote; // only the first fragment has ports
        if (quoted.Payload.Length < QuotedTransportLength) return DropReason.BadQuote;
        reason = TryFlow(quoted, out var flow);
        if (reason != DropReason.None) return reason;
        // An error goes back to the sender of what it quotes. This also keeps a client's errors within the destinations its flows may have.
        if (flow.Source.Address != ip.Destination) return DropReason.ForeignQuote;
        error = new IcmpError(flow, ip.Length + HeaderLength, length, quoted.Length);
        return DropReason.None;
    }

    private static DropReason CheckV4(ReadOnlySpan<byte> quote, out int length)
    {
        length = 0;
        if (quote.Length < IpHeader.V4Length + QuotedTransportLength) return DropReason.BadQuote;
        if (quote[0] != V4WithoutOptions) return DropReason.UnsupportedQuote;
        if (!InternetChecksum.IsIntact(quote[..IpHeader.V4Length])) return DropReason.BadQuote;
        length = Math.Min(quote.Length, BinaryPrimitives.ReadUInt16BigEndian(quote[IpHeader.V4TotalLengthOffset..]));
        return length < IpHeader.V4Length + QuotedTransportLength ? DropReason.BadQuote : DropReason.None;
    }

    private static DropReason CheckV6(ReadOnlySpan<byte> quote, out int length)
    {
        length = 0;
        if (quote.Length < IpHeader.V6Length + QuotedTransportLength) return DropReason.BadQuote;
        if (quote[0] >> 4 != 6) return DropReason.UnsupportedQuote;
        length = Math.Min(
            quote.Length, IpHeader.V6Length + BinaryPrimitives.ReadUInt16BigEndian(quote[IpHeader.V6PayloadLengthOffset..]));
        return length < IpHeader.V6Length + QuotedTransportLength ? DropReason.BadQuote : DropReason.None;
    }

    private static DropReason TryFlow(IpHeader quote, out FlowKey flow)
    {
        var transport = quote.Payload;
        var (source, destination) = (quote.Source, quote.Destination);
        var protocol = (IpProtocol)quote.Protocol;
        flow = default;
        if (quote.HasMappedAddress) return DropReason.BadQuote;
        if (protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return protocol == (quote.IsV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6)
                ? TryEcho(protocol, source, destination, transport, out flow) : DropReason.UnsupportedQuote;

        flow = new FlowKey(
            protocol,
            new InetEndpoint(source, BinaryPrimitives.ReadUInt16BigEndian(transport[TransportHeader.SourcePortOffset..])),
            new InetEndpoint(destination, BinaryPrimitives.ReadUInt16BigEndian(transport[TransportHeader.DestinationPortOffset..])));
        return DropReason.None;
    }

    // The key of an echo as FlowKey has it. Errors about errors are never sent (RFC 1122 section 3.2.2) and are not followed.
    private static DropReason TryEcho(
        IpProtocol protocol, InetAddress source, InetAddress destination, ReadOnlySpan<byte> icmp, out FlowKey flow)
    {
        var identifier = BinaryPrimitives.ReadUInt16BigEndian(icmp[TransportHeader.IcmpIdentifierOffset..]);
        var type = icmp[TransportHeader.IcmpTypeOffset];
        flow = default;
        if (type == (protocol == IpProtocol.Icmp ? IcmpType.EchoRequest : IcmpType.EchoRequestV6))
            flow = new FlowKey(protocol, new InetEndpoint(source, identifier), new InetEndpoint(destination, 0));
        else if (type == (protocol == IpProtocol.Icmp ? IcmpType.EchoReply : IcmpType.EchoReplyV6))
            flow = new FlowKey(protocol, new InetEndpoint(source, 0), new InetEndpoint(destination, identifier));
        else
            return DropReason.UnsupportedQuote;
        return DropReason.None;
    }
}
