// Stage: the gateway, for what a client sends to it. Thread: the loop. Memory: rewrites the caller's packet in place, into its tailroom.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Peers;

namespace UdpTun.Net.PortMapping;

/// <summary>NAT-PMP as packets: turns a request into its answer where it lies.</summary>
public static class PortMappingDatagram
{
    /// <summary>Where a gateway is asked (RFC 6886 section 3).</summary>
    public const ushort Port = 5351;

    /// <summary>Bytes that an answer is longer than its request, at most.</summary>
    public const int MaxGrowth = NatPmpResponse.MaxLength;

    private const int Overhead = IpHeader.V4Length + TransportHeader.UdpLength;
    private const byte TimeToLive = 64;

    /// <summary>Whether a flow to the gateway is NAT-PMP, which is there for IPv4 alone.</summary>
    public static bool IsMeant(in FlowKey flow) =>
        flow.Protocol == IpProtocol.Udp && flow.Destination.Port == Port && flow.Destination.Address.IsV4;

    /// <param name="room">The packet with at least <see cref="MaxGrowth"/> bytes behind it.</param>
    /// <param name="length">The packet's own bytes. After <see cref="DropReason.None"/> the answer's.</param>
    /// <param name="checksumPending">See <see cref="Buffers.PacketOffload.ChecksumPending"/>.</param>
    /// <param name="mapper">Decides.</param>
    /// <param name="client">Who sent it.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <returns>None; the parser's reason; BadPortRequest. The packet is untouched unless None.</returns>
    public static DropReason Answer(
        Span<byte> room, ref int length, bool checksumPending, PortMapper mapper, PeerId client, TimeSpan now)
    {
        var reason = PacketParser.Parse(room[..length], out var flow, out var isError);
        if (reason != DropReason.None) return reason;
        // Behind the datagram there may be padding; the parser has made sure that the datagram is all there.
        var udp = room[IpHeader.V4Length..];
        if (isError || !IsMeant(flow) || flow.Source.Port == 0) return DropReason.BadPortRequest;
        udp = udp[..BinaryPrimitives.ReadUInt16BigEndian(udp[TransportHeader.UdpLengthOffset..])];
        if (!checksumPending && !IsIntact(flow, udp)) return DropReason.BadPortRequest;
        if (!NatPmpRequest.TryParse(udp[TransportHeader.UdpLength..], out var request)) return DropReason.BadPortRequest;

        var response = mapper.Answer(request, client, flow.Source.Address, now);
        length = Overhead + response.Write(room[Overhead..]);
        WriteHeaders(room[..length], flow.Reversed());
        return DropReason.None;
    }

    // RFC 768: 0 says that the sender made none.
    private static bool IsIntact(in FlowKey flow, ReadOnlySpan<byte> udp) =>
        BinaryPrimitives.ReadUInt16BigEndian(udp[TransportHeader.UdpChecksumOffset..]) == 0
        || InternetChecksum.IsIntact(udp, PseudoHeaderSum(flow, udp.Length));

    private static void WriteHeaders(Span<byte> packet, in FlowKey flow)
    {
        packet[..Overhead].Clear();
        packet[0] = 0x45; // version 4, five words
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V4TotalLengthOffset..], (ushort)packet.Length);
        packet[IpHeader.V4FragmentOffset] = 0x40; // never a fragment, so it needs no identification (RFC 6864 section 4.1)
        packet[IpHeader.V4TimeToLiveOffset] = TimeToLive;
        packet[IpHeader.V4ProtocolOffset] = (byte)IpProtocol.Udp;
        flow.Source.Address.WriteTo(packet[IpHeader.V4SourceOffset..]);
        flow.Destination.Address.WriteTo(packet[IpHeader.V4DestinationOffset..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[IpHeader.V4ChecksumOffset..], InternetChecksum.Compute(packet[..IpHeader.V4Length]));

        var udp = packet[IpHeader.V4Length..];
        BinaryPrimitives.WriteUInt16BigEndian(udp[TransportHeader.SourcePortOffset..], flow.Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[TransportHeader.DestinationPortOffset..], flow.Destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[TransportHeader.UdpLengthOffset..], (ushort)udp.Length);
        var sum = (ushort)~InternetChecksum.Add(InternetChecksum.Sum(udp), PseudoHeaderSum(flow, udp.Length));
        BinaryPrimitives.WriteUInt16BigEndian(udp[TransportHeader.UdpChecksumOffset..], sum == 0 ? (ushort)0xFFFF : sum);
    }

    private static ushort PseudoHeaderSum(in FlowKey flow, int length) =>
        InternetChecksum.PseudoHeaderSum(flow.Source.Address, flow.Destination.Address, IpProtocol.Udp, length);
}
