// Stage: the first look at a packet, from the TUN as from the tunnel. Thread: the loop. Memory: the caller's span; nothing allocated.
using UdpTun.Net.Counters;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;

namespace UdpTun.Net.Flows;

/// <summary>
/// Reads the flow key of one whole IP packet, or says why the packet goes no further. A transport checksum is not verified:
/// RFC 1624's update keeps a wrong one wrong, and a super-packet has none yet.
/// </summary>
public static class PacketParser
{
    // IANA "IPv6 Extension Header Types", without those for experiments and those that ExtensionHeaders passes on.
    private const byte EncapsulatingSecurity = 50, Authentication = 51, Mobility = 135, HostIdentity = 139, Shim6 = 140;

    private static readonly InetAddress MulticastV6 = InetAddress.Parse("ff00::");

    /// <param name="packet">Exactly one packet or super-packet: the span ends where the IP length says.</param>
    /// <param name="key">The flow, of use only after <see cref="DropReason.None"/>.</param>
    public static DropReason Parse(ReadOnlySpan<byte> packet, out FlowKey key) => Parse(packet, out key, out _);

    /// <param name="packet">Exactly one packet or super-packet: the span ends where the IP length says.</param>
    /// <param name="key">
    /// The flow, of use only after <see cref="DropReason.None"/>. An ICMP error has the key that the answers to the packet it quotes have,
    /// so that it finds the same session.
    /// </param>
    /// <param name="isError">True for an ICMP error, which may follow a flow and never begins one.</param>
    public static DropReason Parse(ReadOnlySpan<byte> packet, out FlowKey key, out bool isError)
    {
        key = default;
        isError = false;
        var reason = IpHeader.TryParse(packet, out var ip);
        if (reason != DropReason.None) return reason;

        var source = ip.Source;
        var destination = ip.Destination;
        if (ip.HasMappedAddress || IsMartian(source) || IsMartian(destination)) return DropReason.MartianAddress;
        if (ip.IsFragment) return DropReason.Fragment;
        if (!TryProtocol(ip, out var protocol)) return Refuse(ip);
        if (IcmpError.IsError(protocol, ip.Payload))
        {
            isError = true;
            return Error(ip, out key);
        }

        reason = TransportHeader.TryParse(protocol, ip.Payload, out var transport);
        return reason == DropReason.None ? Flow(protocol, ip, transport, out key) : reason;
    }

    /// <summary>
    /// Whether a packet is sound and of the same flow as one before it that is: told by comparing bytes, which costs a third of parsing anew
    /// and answers for nearly all packets of a stream. False says nothing.
    /// </summary>
    /// <param name="parsed">A packet that <see cref="Parse(ReadOnlySpan{byte}, out FlowKey)"/> took, or whose place is empty since it did not.</param>
    /// <param name="packet">Exactly one packet or super-packet.</param>
    internal static bool IsOfSameFlow(ReadOnlySpan<byte> parsed, ReadOnlySpan<byte> packet)
    {
        if (parsed.Length <= IpHeader.V4Length || packet.Length <= IpHeader.V4Length) return false;
        return IpHeader.HaveSameEnds(parsed, packet, out var transport, out var protocol)
            && protocol is IpProtocol.Tcp or IpProtocol.Udp
            && IpHeader.IsIntact(packet)
            && TransportHeader.TryParse(protocol, packet[transport..], out _) == DropReason.None
            && TransportHeader.HaveSamePorts(parsed[transport..], packet[transport..]);
    }

    /// <summary>
    /// Reads the flow key of a datagram from its first fragment, which has to hold the whole transport header, or else a later one could
    /// rewrite it (RFC 1858 section 4, RFC 7112).
    /// </summary>
    /// <returns>None; Fragment for a fragmented ICMP error, whose checksum cannot be verified; or what is wrong.</returns>
    internal static DropReason ParseFirstFragment(IpHeader ip, out FlowKey key)
    {
        key = default;
        if (!TryProtocol(ip, out var protocol)) return Refuse(ip);
        if (IcmpError.IsError(protocol, ip.Payload)) return DropReason.Fragment;
        var reason = TransportHeader.TryParseFirst(protocol, ip.Payload, out var transport);
        return reason == DropReason.None ? Flow(protocol, ip, transport, out key) : reason;
    }

    private static DropReason Flow(IpProtocol protocol, IpHeader ip, TransportHeader transport, out FlowKey key) =>
        protocol is IpProtocol.Tcp or IpProtocol.Udp
            ? Ported(protocol, ip.Source, ip.Destination, transport, out key)
            : Echo(protocol, ip.Source, ip.Destination, transport, out key);

    private static DropReason Error(IpHeader ip, out FlowKey key)
    {
        key = default;
        var reason = IcmpError.TryParse(ip, out var error);
        if (reason != DropReason.None) return reason;
        key = error.Quoted.Reversed();
        return DropReason.None;
    }

    private static DropReason Ported(
        IpProtocol protocol, InetAddress source, InetAddress destination, TransportHeader transport, out FlowKey key)
    {
        key = new FlowKey(
            protocol, new InetEndpoint(source, transport.SourcePort), new InetEndpoint(destination, transport.DestinationPort));
        return DropReason.None;
    }

    private static DropReason Echo(
        IpProtocol protocol, InetAddress source, InetAddress destination, TransportHeader transport, out FlowKey key)
    {
        key = default;
        switch (transport.IcmpType)
        {
            case IcmpType.EchoRequest when protocol == IpProtocol.Icmp:
            case IcmpType.EchoRequestV6 when protocol == IpProtocol.IcmpV6:
                key = new FlowKey(protocol, new InetEndpoint(source, transport.EchoIdentifier), new InetEndpoint(destination, 0));
                return DropReason.None;
            case IcmpType.EchoReply when protocol == IpProtocol.Icmp:
            case IcmpType.EchoReplyV6 when protocol == IpProtocol.IcmpV6:
                key = new FlowKey(protocol, new InetEndpoint(source, 0), new InetEndpoint(destination, transport.EchoIdentifier));
                return DropReason.None;
            default:
                return DropReason.UnsupportedIcmp;
        }
    }

    private static bool TryProtocol(IpHeader ip, out IpProtocol protocol)
    {
        protocol = (IpProtocol)ip.Protocol;
        return protocol is IpProtocol.Tcp or IpProtocol.Udp || protocol == (ip.IsV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6);
    }

    private static DropReason Refuse(IpHeader ip)
    {
        if (ip.IsV4) return DropReason.UnsupportedProtocol;
        return ip.Protocol is EncapsulatingSecurity or Authentication or Mobility or HostIdentity or Shim6
            ? DropReason.UnsupportedExtensionHeader : DropReason.UnsupportedProtocol;
    }

    // A link-local address is no martian here: on its own link, at the far end of a TUN, it is a good neighbour that may be
    // answered. Where a packet would leave its link, NatTable refuses the source and DestinationPolicy the destination.
    private static bool IsMartian(InetAddress address)
    {
        if (!address.IsV4) return IsMartianV6(address);
        var first = address.V4 >> 24;
        return first is 0 or 127 or >= 224; // RFC 1122 section 3.2.1.3; 224/4 and 240/4 up to the broadcast address
    }

    // RFC 4291 section 2.4: ::, ::1 and ff00::/8.
    private static bool IsMartianV6(InetAddress address) =>
        address.SharesPrefix(default, 127) || address.SharesPrefix(MulticastV6, 8);
}
