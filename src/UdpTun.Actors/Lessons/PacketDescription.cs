using System.Globalization;
using PacketDotNet;

namespace UdpTun.Actors.Lessons;

/// <summary>
/// One line about one packet, decoded by PacketDotNet: protocol, addresses, ports, flags, ICMP type, length. For people; a packet
/// costs some microseconds and several allocations here.
/// </summary>
internal static class PacketDescription
{
    /// <summary>Never throws: what cannot be decoded is described as such.</summary>
    public static string Of(ReadOnlySpan<byte> packet)
    {
        try
        {
            return (packet.IsEmpty ? 0 : packet[0] >> 4) switch
            {
                4 => OfIp(new IPv4Packet(new PacketDotNet.Utils.ByteArraySegment(packet.ToArray())), packet.Length),
                6 => OfIp(new IPv6Packet(new PacketDotNet.Utils.ByteArraySegment(packet.ToArray())), packet.Length),
                var version => $"not IP (version {version}), {packet.Length} bytes",
            };
        }
        catch (Exception damage) // PacketDotNet's decoders have no common exception: each protocol's throws what it likes about bytes it does not know
        {
            return $"damaged packet, {packet.Length} bytes: {damage.Message.ReplaceLineEndings(" ")}";
        }
    }

    private static string OfIp(IPPacket ip, int length)
    {
        var fragment = ip is IPv4Packet { FragmentOffset: > 0 } v4 ? $" fragment at {v4.FragmentOffset * 8}" : "";
        var (ports, detail) = ip.PayloadPacket switch
        {
            TcpPacket tcp => (
                (tcp.SourcePort, tcp.DestinationPort), $"{Flags(tcp)} seq {tcp.SequenceNumber} ack {tcp.AcknowledgmentNumber}"),
            UdpPacket udp => ((udp.SourcePort, udp.DestinationPort), ""),
            IcmpV4Packet icmp => (default((ushort, ushort)?), $"{Spaced(icmp.TypeCode)} id {icmp.Id} seq {icmp.Sequence}"),
            IcmpV6Packet icmp => (default((ushort, ushort)?), $"{Spaced(icmp.Type)} code {icmp.Code}"),
            _ => (default((ushort, ushort)?), ""),
        };
        var (from, to) = ports is var (source, destination)
            ? ($"{Host(ip.SourceAddress)}:{source}", $"{Host(ip.DestinationAddress)}:{destination}")
            : ($"{ip.SourceAddress}", $"{ip.DestinationAddress}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{Name(ip.Protocol),-6} {from} > {to}{(detail.Length > 0 ? " " + detail : "")}{fragment} ttl {ip.TimeToLive} length {length}");
    }

    private static string Name(ProtocolType protocol) => protocol switch
    {
        ProtocolType.IcmpV6 => "ICMPv6",
        _ => protocol.ToString().ToUpperInvariant(),
    };

    private static string Host(System.Net.IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    private static string Flags(TcpPacket tcp)
    {
        (bool Set, string Name)[] flags =
        [
            (tcp.Synchronize, "SYN"), (tcp.Acknowledgment, "ACK"), (tcp.Push, "PSH"), (tcp.Finished, "FIN"), (tcp.Reset, "RST"),
            (tcp.Urgent, "URG"),
        ];
        return $"[{string.Join(' ', flags.Where(flag => flag.Set).Select(flag => flag.Name))}]";
    }

    /// <summary>EchoRequest becomes "echo request".</summary>
    private static string Spaced<T>(T name) where T : struct, Enum =>
        string.Concat(name.ToString().Select((letter, at) => at > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}"
            : char.ToLowerInvariant(letter).ToString()));
}
