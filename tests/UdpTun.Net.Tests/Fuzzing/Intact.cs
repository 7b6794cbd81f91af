using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Fuzzing;

/// <summary>Whether a mutated packet's checksums are right, where the plain twin can tell.</summary>
internal static class Intact
{
    /// <returns>Null for an error, a fragment, a packet with extension headers (which the twin does not know) and one without a checksum.</returns>
    public static bool? Is(ReadOnlySpan<byte> packet, bool isError)
    {
        if (isError || PacketParser.Parse(packet, out var key) != DropReason.None) return null;
        if (!key.Source.Address.IsV4 && packet[6] != (byte)key.Protocol) return null;
        var field = packet.Slice(PlainChecksum.ChecksumAt(packet), 2);
        return key.Protocol == IpProtocol.Udp && field.IndexOfAnyExcept((byte)0) < 0 ? null : PlainChecksum.IsIntact(packet);
    }
}
