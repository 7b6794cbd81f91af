// Stage: a session sees an ICMP error of its flow; never per packet. Thread: any. Memory: the caller's span; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Icmp;

/// <summary>What a router says when a packet is longer than its next link carries.</summary>
public static class PacketTooBig
{
    private const byte FragmentationNeeded = 4; // code of destination unreachable, RFC 792
    private const int V4MtuOffset = 6; // RFC 1191 section 4
    private const int V6MtuOffset = 4; // RFC 4443 section 3.2
    private const int HeaderLength = 8;

    /// <summary>The MTU that it tells, or null for another message, or one of a router that does not tell (RFC 1191 section 5).</summary>
    /// <param name="packet">An ICMP error that has passed its checks.</param>
    public static int? MtuOf(ReadOnlySpan<byte> packet)
    {
        if (IpHeader.TryLocate(packet, out var ip) != DropReason.None || ip.Payload.Length < HeaderLength) return null;
        var icmp = ip.Payload;
        var type = icmp[TransportHeader.IcmpTypeOffset];
        var mtu = (IpProtocol)ip.Protocol switch
        {
            IpProtocol.Icmp when type == IcmpType.DestinationUnreachable && icmp[1] == FragmentationNeeded =>
                BinaryPrimitives.ReadUInt16BigEndian(icmp[V4MtuOffset..]),
            IpProtocol.IcmpV6 when type == IcmpType.PacketTooBigV6 =>
                (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(icmp[V6MtuOffset..])),
            _ => 0,
        };
        return mtu == 0 ? null : mtu;
    }
}
